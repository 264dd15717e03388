"""From draft to receipt, and back again when a case is returned."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotFound, OutsideWindow
from contracts.events import review
from contracts.fields import format_moment, load
from contracts.rpc import submission as rpc
from plumbing.store.inbox import Status
from services.submission.domain.receipt import is_genuine
from tests.fakes import files
from tests.fakes.contest import CONTACT, EDITION, EDITION_ID, RULES
from tests.fakes.entries import IN_TIME
from tests.integration.submission.conftest import Desk, publish_edition
from tests.support.harness import Harness, names

pytestmark = pytest.mark.stack
WINDOW = EDITION.window("collection")
DUE = IN_TIME + timedelta(days=5)


def judge(service: Harness, kind: Any, case_id: str, sequence: int, **extra: Any) -> Status:
    case = service.store.collection("cases").find_one({"_id": case_id}) or {"content": {}}
    data = {
        "case_id": case_id, "edition_id": EDITION_ID, "unit_id": "unit-1", "contact_account": CONTACT,
        "track": case["content"].get("track", "x"), **extra,
    }  # fmt: skip
    return service.handle([service.event(kind, case_id, sequence, data)])[0].status


def give_back(service: Harness, case_id: str, sequence: int = 1) -> None:
    reasons = [{"code": "F-TEMPLATE", "note": "请用模板"}]
    assert (
        judge(service, review.CaseReturned, case_id, sequence, reasons=reasons, due_at=DUE) == Status.HANDLED
    )


def test_a_case_is_drafted_completed_and_received(service: Harness, desk: Desk) -> None:
    case = desk.draft(declarations=[])
    checklist = desk.do(rpc.checklist, case_id=case["case_id"])
    assert not checklist["complete"] and checklist["open_now"]
    assert {item["field"] for item in checklist["missing"]} >= {"materials.application_form",
                                                                "declarations.truthful"}  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        desk.do(rpc.submit_case, case_id=case["case_id"])
    assert len(refused.value.fields) == len(checklist["missing"])
    case_id = desk.complete(check=False)
    tried = desk.do(rpc.submit_case, case_id=case_id, dry_run=True)
    assert desk.see(case_id)["status"] == "draft"
    receipt = desk.do(rpc.submit_case, case_id=case_id)
    assert receipt == tried
    assert (
        receipt["number"] == f"{EDITION.code}-01-0001"
        and receipt["received_at"] == "2025-04-01T02:00:00.000Z"
    )
    assert is_genuine(receipt) and all(material["etag"] for material in receipt["materials"])
    assert desk.do(rpc.get_receipt, case_id=case_id) == receipt
    shown = desk.see(case_id)
    assert (shown["status"], shown["revision"], shown["number"]) == ("submitted", 1, receipt["number"])
    assert service.run_loop("check_materials") == 3
    assert names(service.emitted()) == ["CaseSubmitted", *["MaterialAccepted"] * 3]
    told = service.emitted()[0]
    assert told.subject == case_id and told.data["contact_account"] == CONTACT
    assert len(told.data["materials"]) == 3 and told.data["revision"] == 1


def test_a_command_repeated_has_one_effect(service: Harness, desk: Desk) -> None:
    case_id = desk.complete()
    run = lambda _: service.execute(rpc.submit_case, {"case_id": case_id}, desk.caller, command_id="same")  # noqa: E731
    with ThreadPoolExecutor(5) as pool:
        receipts = list(pool.map(run, range(10)))
    assert all(receipt == receipts[0] for receipt in receipts)
    assert names(service.emitted("CaseSubmitted")) == ["CaseSubmitted"]


@pytest.mark.parametrize("moment", [WINDOW.opens_at - timedelta(milliseconds=1), WINDOW.closes_at])
def test_outside_of_the_window_nothing_is_taken(service: Harness, desk: Desk, moment: Any) -> None:
    case_id = desk.complete()
    service.clock.set(moment)
    with pytest.raises(OutsideWindow):
        desk.do(rpc.submit_case, case_id=case_id)
    assert desk.see(case_id)["status"] == "draft"
    assert service.emitted("CaseSubmitted") == []
    service.clock.set(WINDOW.closes_at - timedelta(milliseconds=1))
    assert desk.do(rpc.submit_case, case_id=case_id)["revision"] == 1


def test_moving_the_window_counts_from_its_event_on(service: Harness, desk: Desk) -> None:
    case_id = desk.complete()
    service.clock.set(WINDOW.closes_at)
    moved = copy.deepcopy(RULES)
    next(w for w in moved["windows"] if w["id"] == "collection")["closes_at"] = "2025-05-20T00:00:00+08:00"
    publish_edition(service, moved, 2)
    assert desk.do(rpc.submit_case, case_id=case_id)["edition_version"] == 2


def test_numbers_count_within_a_track_without_gaps(desk: Desk) -> None:
    other = next(track for track in EDITION.tracks[1:] if not track.questions)
    numbers = [desk.submit()["number"], desk.submit(track=other.id)["number"], desk.submit()["number"]]
    assert numbers == [f"{EDITION.code}-01-0001", f"{EDITION.code}-{other.number:02d}-0001",
                       f"{EDITION.code}-01-0002"]  # fmt: skip


def test_a_unit_hands_in_no_more_than_its_limit_even_at_once(service: Harness, desk: Desk) -> None:
    few = copy.deepcopy(RULES) | {"max_cases_per_unit": 2}
    publish_edition(service, few, 2)
    cases = [desk.complete() for _ in range(4)]

    def submit(case_id: str) -> bool:
        try:
            desk.do(rpc.submit_case, case_id=case_id)
        except Conflict as refused:
            assert refused.facts["most"] == 2
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(submit, cases)) == 2
    assert len({event.data["number"] for event in service.emitted("CaseSubmitted")}) == 2


def test_a_stale_save_is_refused_and_shows_both(desk: Desk) -> None:
    case = desk.draft()
    seen = {"edition_id": EDITION_ID, "case_id": case["case_id"], "draft_version": case["draft_version"]}
    saved = desk.do(rpc.save_draft, **seen, title="甲")
    assert (saved["title"], saved["summary"]) == ("甲", case["summary"])
    with pytest.raises(Conflict) as refused:
        desk.do(rpc.save_draft, **seen, title="乙")
    assert refused.value.facts["stored"]["title"] == "甲" and refused.value.facts["yours"]["title"] == "乙"
    with pytest.raises(Conflict):
        desk.do(rpc.submit_case, case_id=case["case_id"], draft_version=1)


def test_uploading_does_not_make_a_draft_stale(desk: Desk) -> None:
    case = desk.draft()
    desk.send(case["case_id"], "site_picture", "a.png", files.png())
    saved = desk.do(rpc.save_draft, edition_id=EDITION_ID, case_id=case["case_id"], title="丙",
                    draft_version=case["draft_version"])  # fmt: skip
    assert saved["title"] == "丙" and len(saved["materials"]) == 1


def test_a_returned_case_is_revised_before_its_due_time(service: Harness, desk: Desk) -> None:
    case_id = desk.submit()["case_id"]
    with pytest.raises(Conflict):
        desk.do(rpc.revise_case, case_id=case_id)
    give_back(service, case_id)
    case = desk.see(case_id)
    assert case["status"] == "returned"
    assert case["returned"]["reasons"] == [{"code": "F-TEMPLATE", "note": "请用模板"}]
    desk.do(rpc.save_draft, edition_id=EDITION_ID, case_id=case_id, draft_version=1, title="改后")
    form = next(m for m in case["materials"] if m["kind"] == "application_form")["material_id"]
    desk.do(rpc.remove_material, case_id=case_id, material_id=form)
    desk.send(case_id, "application_form", "新申报书.pdf", files.pdf())
    service.clock.set(DUE)
    with pytest.raises(OutsideWindow):
        desk.do(rpc.revise_case, case_id=case_id)
    # the collection window may long be over
    service.clock.set(DUE - timedelta(milliseconds=1))
    receipt = desk.do(rpc.revise_case, case_id=case_id)
    assert receipt["revision"] == 2 and receipt["title"] == "改后"
    [told] = service.emitted("CaseRevised")
    assert told.data["submitted_at"] < told.data["received_at"] == format_moment(service.clock.now())
    versions = desk.do(rpc.list_versions, case_id=case_id, limit=1)
    assert versions["items"][0]["title"] != "改后" and versions["next"]
    rest = desk.do(rpc.list_versions, case_id=case_id, after=versions["next"])
    assert [row["revision"] for row in rest["items"]] == [2]
    first = desk.do(rpc.get_receipt, case_id=case_id, revision=1)
    assert form in {material["material_id"] for material in first["materials"]}
    with pytest.raises(NotFound):
        desk.do(rpc.get_receipt, case_id=case_id, revision=3)
    # what an earlier revision holds can still be read
    service.run_loop("sweep_uploads")
    assert service.ask(rpc.material_link, {"case_id": case_id, "material_id": form}, service.secretariat())[
        "url"
    ]


def test_what_judging_decides_locks_the_case_in_any_order(service: Harness, desk: Desk) -> None:
    case_id = desk.submit()["case_id"]
    reasons = [{"code": "F-TEMPLATE", "note": ""}]
    judge(service, review.FormalReviewPassed, case_id, 5)
    give_back(service, case_id, 3)
    assert (desk.see(case_id)["status"], desk.see(case_id)["locked_by"]) == ("locked", "passed")
    judge(service, review.CaseReinstated, case_id, 9, reason="查无实据")
    judge(service, review.CaseDisqualified, case_id, 7, reasons=reasons)
    assert desk.see(case_id)["locked_by"] == "passed"
    judge(service, review.CaseDisqualified, case_id, 11, reasons=reasons)
    assert desk.see(case_id)["locked_by"] == "disqualified"
    judge(service, review.FormalReviewFailed, case_id, 12, reasons=reasons)
    assert desk.see(case_id)["locked_by"] == "disqualified"
    with pytest.raises(Conflict):
        desk.do(rpc.withdraw_case, case_id=case_id, reason="不参加了")
    assert judge(service, review.FormalReviewPassed, "case-unknown", 1) == Status.NOT_YET


def test_withdrawing_is_told_only_of_what_was_known(service: Harness, desk: Desk) -> None:
    desk.do(rpc.withdraw_case, case_id=desk.draft()["case_id"], reason="不参加了")
    assert service.emitted("CaseWithdrawn") == []
    case_id = desk.submit()["case_id"]
    assert desk.do(rpc.withdraw_case, case_id=case_id, reason="试", dry_run=True)["status"] == "withdrawn"
    assert desk.do(rpc.withdraw_case, case_id=case_id, reason="不参加了")["status"] == "withdrawn"
    assert [event.data["reason"] for event in service.emitted("CaseWithdrawn")] == ["不参加了"]
    give_back(service, case_id)
    assert desk.see(case_id)["status"] == "withdrawn"
    locked = desk.submit()["case_id"]
    judge(service, review.FormalReviewPassed, locked, 1)
    args = {"case_id": locked, "reason": "应单位书面申请"}
    assert service.execute(rpc.withdraw_case, args, service.secretariat())["status"] == "withdrawn"


def test_results_are_as_declared_and_the_data_hold(service: Harness, desk: Desk) -> None:
    case_id = desk.submit()["case_id"]
    give_back(service, case_id)
    load(rpc.get_case.result(), desk.see(case_id))
    load(rpc.get_receipt.result(), desk.do(rpc.get_receipt, case_id=case_id))
    load(rpc.list_versions.result(), desk.do(rpc.list_versions, case_id=case_id))
    load(rpc.checklist.result(), desk.do(rpc.checklist, case_id=case_id))
    checks = service.service.invariants
    assert [finding for check in checks for finding in check(service.reading())] == []
    service.store.collection("case_versions").update_one(
        {"case_id": case_id}, {"$set": {"content.title": "x"}}
    )
    service.store.collection("cases").update_one(
        {"_id": case_id}, {"$set": {"status": "locked", "number": None}}
    )
    found = {finding["check"] for check in checks for finding in check(service.reading())}
    assert found == {"receipts", "cases", "numbers"}
    service.store.collection("cases").update_one({"_id": case_id}, {"$set": {"revision": 2}})
    stray = {"_id": "x:1", "case_id": "x", "revision": 1, "content": {}, "receipt": {"content_hash": ""}}
    service.store.collection("case_versions").insert_one(stray)
    found = {finding["subject"] for check in checks for finding in check(service.reading())}
    assert {"x", case_id} <= found
