"""The secretariat decides about units."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYet, OutsideWindow
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID, IN_TIME
from tests.support.tampering import findings_of


@pytest.fixture
def world(contest):
    """A contest with three units that wait."""
    made = contest()
    made.tell(made.edition(), *(made.unit(n) for n in (1, 2, 3)), *(made.case(n, n) for n in (1, 2, 3)))
    return made


def decide(world, unit, decision, *codes, **more):
    """Decide about a unit."""
    reasons = [{"code": code, "note": ""} for code in codes]
    return world.do(
        rpc.decide_qualification, more.pop("caller", None), edition_id=EDITION_ID, unit_id=f"unit-{unit}",
        decision=decision, reasons=reasons, **more,
    )  # fmt: skip


def test_each_decision_is_told_and_recorded(world):
    decide(world, 1, "pass")
    decide(world, 2, "return", "Q-PAPERS", days=5)
    decide(world, 3, "reject", "Q-KIND")
    passed, returned, rejected = (
        world.told(f"Qualification{name}")[0] for name in ("Passed", "Returned", "Rejected")
    )
    assert passed.data["contact_account"] == "acc-unit-1"
    assert returned.payload()["due_at"] == world.review.clock.now() + timedelta(days=5)
    assert rejected.data["reasons"] == [{"code": "Q-KIND", "note": ""}]
    timeline = world.everything(rpc.case_timeline, case_id="case-2")
    assert [row["content"]["what"] for row in timeline] == ["qualification_return"]
    assert (
        world.everything(rpc.list_qualifications, edition_id=EDITION_ID, status="passed")[0]["unit_id"]
        == "unit-1"
    )


def test_a_decision_stands(world):
    decide(world, 1, "pass")
    with pytest.raises(Conflict):
        decide(world, 1, "reject", "Q-KIND")


def test_a_dry_run_changes_nothing(world):
    assert decide(world, 1, "pass", dry_run=True)["status"] == "passed"
    assert world.everything(rpc.list_qualifications, edition_id=EDITION_ID, status="passed") == []
    assert world.review.emitted() == []


def test_many_are_decided_row_by_row(world):
    rows = [
        {"unit_id": "unit-1", "decision": "pass"},
        {"unit_id": "unit-2", "decision": "return", "reasons": [{"code": "Q-KIND"}]},
        {"unit_id": "nobody", "decision": "pass"},
    ]
    answer = world.do(rpc.decide_qualifications, edition_id=EDITION_ID, rows=rows)
    assert (answer["decided"], answer["refused"]) == (1, 2)
    assert [row["outcome"] for row in answer["outcomes"]] == ["passed", "refused", "refused"]
    assert answer["outcomes"][1]["problem"]["facts"]["fields"][0]["field"] == "reasons.0.code"
    assert len(world.review.emitted()) == 1


def test_refusals(world):
    with pytest.raises(InvalidInput):
        decide(world, 1, "reject")
    with pytest.raises(NotFound):
        decide(world, 9, "pass")
    with pytest.raises(NotAllowed):
        decide(world, 1, "pass", caller=world.review.operator())
    with pytest.raises(NotFound):
        world.do(rpc.decide_qualification, edition_id="other", unit_id="unit-1", decision="pass")
    world.tell(world.case(4, 4))
    with pytest.raises(NotYet):
        decide(world, 4, "pass")
    world.review.clock.set(IN_TIME["qualification"] - timedelta(seconds=1))
    with pytest.raises(OutsideWindow):
        decide(world, 1, "pass")


def test_the_cases_of_a_rejected_unit_have_failed_whenever_they_come(world):
    world.tell(world.case(4, 2))
    decide(world, 2, "reject", "Q-KIND")
    world.tell(world.case(5, 2))
    cases = {row["case_id"]: row for row in world.everything(rpc.list_assessments, edition_id=EDITION_ID)}
    for name in ("case-2", "case-4", "case-5"):
        assert (cases[name]["status"], cases[name]["next_stage"]) == ("failed", None)
        assert cases[name]["reasons"] == [{"code": "Q-KIND", "note": ""}]
    assert cases["case-1"]["status"] == "waiting"
    assert findings_of(world.review) == []
    assessments = world.review.store.collection("assessments")
    assessments.update_one({"_id": "case-4"}, {"$set": {"status": "waiting"}})
    assert {row["check"] for row in findings_of(world.review)} == {"cases_stand_as_decided"}
