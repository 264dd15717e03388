"""The submission service on a real database and a real store, with an edition and two units known to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.events import registration as events
from contracts.rpc import submission as rpc
from plumbing.identity.caller import Caller
from plumbing.materials import connect
from plumbing.settings import Settings
from plumbing.store.inbox import Status
from services.submission.service import SERVICE
from tests.fakes import files
from tests.fakes.contest import EDITION_ID, RULES, UNIT
from tests.fakes.entries import IN_TIME, filled
from tests.support.browser import post_form
from tests.support.harness import Harness, MakeHarness

COMPLETE = (
    ("application_form", "申报书.docx", files.office("docx")),
    ("proof_of_rights", "专利.pdf", files.pdf()),
    ("site_picture", "现场.png", files.png()),
)


class Desk:
    """What an entrant does, in few words."""

    def __init__(self, service: Harness, caller: Caller) -> None:
        self.service = service
        self.caller = caller

    def do(self, method: Any, **args: Any) -> dict[str, Any]:
        return self.service.call(method, args, self.caller)

    def draft(self, **changes: Any) -> dict[str, Any]:
        return self.do(rpc.save_draft, edition_id=EDITION_ID, **filled(**changes))

    def send(self, case_id: str, kind: str, file_name: str, content: bytes) -> str:
        upload = self.do(
            rpc.upload_material, case_id=case_id, kind=kind, file_name=file_name, size=len(content)
        )
        assert post_form(upload["url"], upload["form"], content) == 204
        confirmed = self.do(rpc.confirm_material, case_id=case_id, material_id=upload["material_id"])
        assert confirmed["status"] == "quarantined"
        return str(upload["material_id"])

    def complete(self, *, check: bool = True, **changes: Any) -> str:
        case_id = str(self.draft(**changes)["case_id"])
        for kind, file_name, content in COMPLETE:
            self.send(case_id, kind, file_name, content)
        if check:
            self.service.run_loop("check_materials")
        return case_id

    def submit(self, **changes: Any) -> dict[str, Any]:
        return self.do(rpc.submit_case, case_id=self.complete(**changes))

    def see(self, case_id: str) -> dict[str, Any]:
        return self.do(rpc.get_case, case_id=case_id)


@pytest.fixture
def service(harness: MakeHarness, settings_of: Callable[..., Settings]) -> Harness:
    made = harness(SERVICE, materials=connect(settings_of("submission")))
    made.clock.set(IN_TIME)
    publish_edition(made, RULES, 1)
    for unit_id in ("unit-1", "unit-2"):
        told = made.event(events.UnitRegistered, unit_id, 1, {**UNIT, "unit_id": unit_id})
        assert made.handle([told])[0].status == Status.HANDLED
    return made


def publish_edition(service: Harness, rules: dict[str, Any], version: int) -> None:
    data = {"edition_id": EDITION_ID, "version": version, "edition": rules}
    told = service.event(events.EditionPublished, EDITION_ID, version, data)
    assert service.handle([told])[0].status == Status.HANDLED


@pytest.fixture
def desk(service: Harness) -> Desk:
    return Desk(service, service.entrant("unit-1"))


@pytest.fixture
def other_desk(service: Harness) -> Desk:
    return Desk(service, service.entrant("unit-2"))
