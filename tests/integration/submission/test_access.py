"""Who may do and see what, and how lists show it."""

from __future__ import annotations

import copy

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYet, OutsideWindow
from contracts.events import registration
from contracts.fields import load
from contracts.rpc import submission as rpc
from contracts.words import Role
from tests.fakes.contest import EDITION, EDITION_ID, RULES, UNIT
from tests.integration.submission.conftest import Desk, publish_edition
from tests.support.harness import Harness

pytestmark = pytest.mark.stack
WINDOW = EDITION.window("collection")


def test_units_must_be_known_and_active_and_own_the_case(
    service: Harness, desk: Desk, other_desk: Desk
) -> None:
    stranger = Desk(service, service.entrant("unit-unknown"))
    with pytest.raises(NotYet):
        stranger.draft()
    with pytest.raises(NotAllowed):
        Desk(service, service.person(Role.ENTRANT)).draft()
    with pytest.raises(NotYet):
        desk.do(rpc.save_draft, edition_id="another-edition")
    case_id = desk.complete()
    for method, args in (
        (rpc.get_case, {}), (rpc.checklist, {}), (rpc.get_receipt, {}), (rpc.list_versions, {}),
        (rpc.submit_case, {}), (rpc.withdraw_case, {"reason": "x"}),
        (rpc.save_draft, {"edition_id": EDITION_ID, "draft_version": 1}),
        (rpc.remove_material, {"material_id": "x"}), (rpc.material_link, {"material_id": "x"}),
        (rpc.upload_material, {"kind": "site_picture", "file_name": "a.png", "size": 1}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            other_desk.do(method, case_id=case_id, **args)
    told = {**UNIT, "unit_id": "unit-1", "status": "suspended", "reason": "被举报"}
    service.handle([service.event(registration.UnitSuspended, "unit-1", 2, told)])
    with pytest.raises(NotAllowed):
        desk.do(rpc.submit_case, case_id=case_id)


def test_unknown_cases_and_files_are_not_found(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    for method, args in (
        (rpc.get_case, {"case_id": "case-unknown"}),
        (rpc.material_link, {"case_id": case_id, "material_id": "file-unknown"}),
    ):
        with pytest.raises(NotFound):
            service.ask(method, args, service.secretariat())
    assert desk.do(rpc.list_cases, number="XL3-01-9999")["items"] == []


def test_a_unit_of_another_kind_may_not_enter(service: Harness, desk: Desk) -> None:
    publish_edition(service, copy.deepcopy(RULES) | {"unit_kinds": ["school"]}, 2)
    with pytest.raises(NotAllowed):
        desk.submit()


def test_lists_are_paged_and_show_a_unit_only_its_own(service: Harness, desk: Desk, other_desk: Desk) -> None:
    mine = [desk.draft()["case_id"] for _ in range(3)]
    theirs = other_desk.draft()["case_id"]
    first = desk.do(rpc.list_cases, limit=2)
    second = desk.do(rpc.list_cases, limit=2, after=first["next"])
    assert [row["case_id"] for row in first["items"] + second["items"]] == mine
    assert desk.do(rpc.list_cases, unit_id="unit-2")["items"] == []
    staff = service.secretariat()
    assert (
        len(service.ask(rpc.list_cases, {"edition_id": EDITION_ID, "status": "draft"}, staff)["items"]) == 4
    )
    found = service.ask(rpc.list_cases, {"unit_id": "unit-2"}, staff)
    assert [row["case_id"] for row in found["items"]] == [theirs]
    load(rpc.list_cases.result(), found)


def test_drafts_are_bounded_and_belong_to_one_edition(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.submission.commands.save_draft.MOST_DRAFTS", 1)
    case = desk.draft()
    with pytest.raises(Conflict):
        desk.draft()
    rules = copy.deepcopy(RULES) | {"id": "other"}
    data = {"edition_id": "other", "version": 1, "edition": rules}
    service.handle([service.event(registration.EditionPublished, "other", 1, data)])
    with pytest.raises(InvalidInput):
        desk.do(rpc.save_draft, edition_id="other", case_id=case["case_id"], draft_version=1)
    service.clock.set(WINDOW.closes_at)
    with pytest.raises(OutsideWindow):
        desk.draft()
