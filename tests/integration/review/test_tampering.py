"""Whatever is changed in review's database behind the service's back is found and named."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events import submission
from contracts.rpc import review as rpc
from tests.integration.review.closed import close_a_track_round
from tests.integration.review.contest import EDITION_ID
from tests.support.tampering import FORGED, altered, findings_of, undetected

pytestmark = pytest.mark.long
LOCK = {"version": "numbers the saves only: a changed one makes at most one save refuse"}
HARMLESS: dict[str, dict[str, str]] = {
    "sheets": {}, "records": {}, "results": {}, "scores": {}, "round_cases": LOCK, "seats": LOCK,
    "rounds": LOCK,
}  # fmt: skip
DISGUISES: dict[str, tuple[dict[str, Any], ...]] = {
    "sheets": ({"current": False},), "results": ({"state": "computing"},),
    "scores": ({"record_hash": None}, {"record_hash": None, "result_id": "result-forged"}),
    "seats": ({"active": False},), "rounds": ({"status": "open", "pending_result": None},),
}  # fmt: skip


def shape(collection: str, document: dict[str, Any]) -> Any:
    """Return what kind of document it is: one of each is enough to know all its fields."""
    names = {
        "sheets": ("current",), "records": ("kind",), "seats": ("status", "dropped"), "results": ("state",),
        "round_cases": ("status", "frozen"), "scores": ("outcome",), "rounds": ("kind",),
    }[collection]  # fmt: skip
    return tuple(document[name] for name in names)


def is_named(finding: dict[str, str], document: dict[str, Any], path: tuple[Any, ...]) -> bool:
    """Say whether a finding names the document, and the field that was changed or what became of it."""
    if "chain" in document:
        return document["chain"] in finding["subject"]
    key, field = str(document["_id"]), str(path[0]) if path else ""
    if key not in finding["subject"]:
        return False
    if path == FORGED:
        return "is on no record" in finding["problem"]
    return field in finding["problem"] or (not field and "is missing" in finding["problem"])


WHEREABOUTS = {
    "assessments": ("status", "status_before", "next_stage", "unit_passed"),
    "qualifications": ("status", "decided_by", "decided_at", "reasons", "unit_id", "edition_id"),
}  # fmt: skip


def test_a_case_or_unit_moved_by_hand_is_found_and_named(contest):
    world, _ = close_a_track_round(contest)
    review = world.review
    for collection, names in WHEREABOUTS.items():
        rows = review.store.collection(collection)
        for document in {row["status"]: row for row in review.rows(collection)}.values():
            for name in names:
                rows.replace_one({"_id": document["_id"]}, altered(document, (name,)))
                found = [f for f in findings_of(review) if is_named(f, document, (name,))]
                assert found, (collection, name)
            rows.replace_one({"_id": document["_id"]}, document)
    stopped = review.rows("assessments", {"status": "stopped"})[0]
    moved = {"$set": {"status": "advanced", "next_stage": "final"}}
    review.store.collection("assessments").update_one({"_id": stopped["_id"]}, moved)
    assert [(one["subject"], one["problem"]) for one in findings_of(review)] == [
        (f"assessments {stopped['_id']}", "status, next_stage not as recorded")
    ]


def test_a_case_that_was_knocked_out_and_withdrawn_stands_as_recorded(contest):
    """Found by the lives: what it was before stays known although it comes back no more."""
    world, round_id = close_a_track_round(contest)
    for number in (1, 5):
        ids = {"case_id": f"case-{number}", "unit_id": f"unit-{number}", "edition_id": EDITION_ID}
        data = {**ids, "reason": "不再参赛"}
        assert world.tell(world.event(submission.CaseWithdrawn, data["case_id"], data)) == ["handled"]
    assert findings_of(world.review) == []
    world.do(rpc.supersede_result, round_id=round_id, name="复算", method="mean", reason="复核")
    world.review.run_jobs()
    assert findings_of(world.review) == []


def test_every_change_of_what_is_stored_is_found_and_named(contest):
    world, _ = close_a_track_round(contest)
    review = world.review
    assert findings_of(review) == []
    missed: list[str] = []
    for collection, harmless in HARMLESS.items():
        kinds = {shape(collection, document): document for document in review.rows(collection)}
        missed += undetected(review, collection, list(kinds.values()), harmless, is_named,
                             DISGUISES.get(collection, ()))  # fmt: skip
    assert missed == []
