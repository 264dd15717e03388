"""Experts look through materials: they agree, differ, return."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.errors import Conflict, InvalidInput
from contracts.events import submission
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID


@pytest.fixture
def world(contest):
    """A formal round over one case, with experts to spare."""
    made = contest()
    made.begin(units=1, cases_each=1, experts=4)
    made.round_id = made.open("formal")
    return made


def status(world, case="case-1"):
    """Return where a case stands."""
    return world.do(rpc.get_assessment, case_id=case)["status"]


def test_a_third_expert_decides_where_two_differ(world):
    one, two = world.seats(world.round_id)
    world.check(one)
    world.check(two, ("proof",), "return")
    assert status(world) == "in_formal_review"
    assert world.do(rpc.round_progress, round_id=world.round_id)["gaps"] == 1
    world.review.run_jobs()
    world.accept(world.round_id)
    (third,) = world.seats(world.round_id)
    assert third["expert_id"] not in (one["expert_id"], two["expert_id"])
    world.check(third, ("proof",), "return")
    assert status(world) == "returned"
    (told,) = world.told("CaseReturned")
    assert [reason["code"] for reason in told.data["reasons"]] == ["F-PROOF"]
    assert told.payload()["due_at"] == world.review.clock.now() + timedelta(days=7)


def test_nobody_more_is_asked_than_the_edition_says(contest):
    world = contest(formal={"method": {"name": "agreement", "most_extra": 0}})
    world.begin(units=1, cases_each=1, experts=4)
    one, two = world.seats(world.open("formal"))
    world.check(one)
    assert status(world) == "in_formal_review"
    world.check(two, ("proof",), "fail")
    assert status(world) == "returned"


def test_a_returned_case_goes_before_the_same_experts_again(world):
    seats = world.seats(world.round_id)
    for seat in seats:
        world.check(seat, ("template",), "return")
    with pytest.raises(Conflict) as refused:
        world.do(rpc.close_round, round_id=world.round_id)
    assert refused.value.facts["blocking"][0]["problem"] == "returned"
    world.tell(world.case(1, 1, submission.CaseRevised, revision=2))
    assert status(world) == "in_formal_review"
    again = world.seats(world.round_id)
    assert [seat["assignment_id"] for seat in again] == [seat["assignment_id"] for seat in seats]
    with pytest.raises(Conflict):
        world.do(
            rpc.submit_score_sheet, world.as_expert(again[0]["expert_id"]), case_revision=1, decision="pass",
            assignment_id=again[0]["assignment_id"], comment="好",
            marks=[{"criterion": "proof", "value": "1"}],
        )  # fmt: skip
    for seat in again:
        world.check(seat)
    assert status(world) == "qualified"
    assert world.findings() == []
    kinds = [row["kind"] for row in world.everything(rpc.case_timeline, case_id="case-1")]
    assert kinds.count("score_sheet") == 4 and kinds.count("formal_decision") == 2


def test_a_returned_case_that_is_withdrawn_stands_as_recorded(world):
    for seat in world.seats(world.round_id):
        world.check(seat, ("template",), "return")
    left = {"case_id": "case-1", "edition_id": EDITION_ID, "unit_id": "unit-1", "reason": "撤"}
    assert world.tell(world.event(submission.CaseWithdrawn, "case-1", left)) == ["handled"]
    assert status(world) == "withdrawn"
    world.review.run_job(world.do(rpc.close_round, round_id=world.round_id)["job_id"])
    assert world.findings() == []


def test_a_return_that_ran_out_does_not_hold_the_round(world):
    for seat in world.seats(world.round_id):
        world.check(seat, ("template",), "return")
    world.review.clock.advance(days=8)
    world.do(rpc.close_round, round_id=world.round_id)
    world.review.run_jobs()
    assert world.told("RoundClosed")[0].data["cases"] == 0
    world.tell(world.case(1, 1, submission.CaseRevised, revision=2))
    assert status(world) == "waiting"
    assert world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["cases"] == 1


def test_a_failed_case_is_out(world):
    for seat in world.seats(world.round_id):
        world.check(seat, ("on_track",), "fail")
    assert status(world) == "failed"
    assert world.told("FormalReviewFailed")[0].data["reasons"][0]["code"] == "F-OFF-TRACK"


def test_the_secretariat_settles_a_lasting_difference(world):
    one, two = world.seats(world.round_id)
    with pytest.raises(Conflict):
        world.do(rpc.resolve_gap, round_id=world.round_id, case_id="case-1", decision="pass", reason="复核")
    world.check(one)
    world.check(two, ("proof",), "return")
    with pytest.raises(InvalidInput):
        world.do(rpc.resolve_gap, round_id=world.round_id, case_id="case-1", reason="复核")
    settled = {"round_id": world.round_id, "case_id": "case-1", "reason": "合议"}
    world.do(rpc.resolve_gap, **settled, decision="return", dry_run=True)
    with pytest.raises(InvalidInput):
        world.do(rpc.resolve_gap, **settled, decision="pass", reasons=[{"code": "F-PROOF"}])
    assert world.do(rpc.resolve_gap, **settled, decision="return")["decision"] == "return"
    assert status(world) == "returned"


def test_cases_that_arrive_later_join_an_open_round(world):
    world.tell(world.case(2, 1))
    assert world.do(rpc.add_waiting_cases, round_id=world.round_id, dry_run=True)["added"] == 1
    assert world.do(rpc.add_waiting_cases, round_id=world.round_id)["added"] == 1
    assert world.do(rpc.add_waiting_cases, round_id=world.round_id)["added"] == 0
    assert world.do(rpc.get_round, round_id=world.round_id)["cases"] == 2


def test_rounds_are_opened_once_and_for_somebody(world):
    with pytest.raises(Conflict):
        world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")
    with pytest.raises(Conflict):
        world.do(rpc.open_round, edition_id=EDITION_ID, stage="final")
    with pytest.raises(InvalidInput):
        world.do(rpc.open_round, edition_id=EDITION_ID, stage="track")
