"""Panels are planned, filled and changed by the secretariat."""

from __future__ import annotations

import pytest

from contracts.errors import Conflict, InvalidInput, NotFound
from contracts.events import registration
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID, make_uscc


@pytest.fixture
def world(contest):
    """An open formal round over four cases of four units; expert 1 works for unit 1."""
    made = contest()
    made.begin(units=4, cases_each=1, experts=4)
    made.tell(made.expert(1, registration.ExpertUpdated, employer_uscc=make_uscc(1)))
    made.round_id = made.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["round_id"]
    return made


def test_a_dry_run_shows_the_plan_and_seats_nobody(world):
    shown = world.do(rpc.assign_experts, round_id=world.round_id, dry_run=True, seed="s")
    assert (shown["job_id"], shown["rows"]) == (None, 8)
    assert shown["summary"]["load_table"] == {"2": 4} and shown["summary"]["unfilled"] == []
    assert world.review.rows("seats") == [] and world.review.rows("jobs") == []
    assert shown == world.do(rpc.assign_experts, round_id=world.round_id, dry_run=True, seed="s")


def test_filling_tells_each_expert_once_and_keeps_who_sits(world):
    job = world.do(rpc.assign_experts, round_id=world.round_id)["job_id"]
    assert world.review.run_job(job)["result"] == {"seated": 8, "skipped": 0, "unfilled": 0}
    told = world.told("ExpertsAssigned")
    assert sorted(event.data["expert_id"] for event in told) == [f"expert-{n}" for n in (1, 2, 3, 4)]
    before = world.review.rows("seats")
    assert "case-1" not in [seat["case_id"] for seat in before if seat["expert_id"] == "expert-1"]
    again = world.do(rpc.assign_experts, round_id=world.round_id)["job_id"]
    assert world.review.run_job(again)["result"]["seated"] == 0
    assert world.review.rows("seats") == before


def test_a_filling_that_is_interrupted_goes_on(world):
    job = world.do(rpc.assign_experts, round_id=world.round_id)["job_id"]
    steps = 0
    while world.review.rows("jobs", {"_id": job})[0]["state"] != "done":
        world.review.jobs.run_once(job, most_steps=1)
        steps += 1
    assert steps >= 3 and len(world.review.rows("seats")) == 8


def test_what_changed_since_the_plan_is_skipped(world):
    job = world.do(rpc.assign_experts, round_id=world.round_id)["job_id"]
    world.review.jobs.run_once(job, most_steps=1)
    world.tell(world.expert(2, registration.ExpertSuspended, status="suspended", reason="病假"))
    result = world.review.run_job(job)["result"]
    assert result["skipped"] == 2 and result["seated"] == 6
    skipped = world.review.rows("job_outcomes", {"outcome": "skipped"})
    assert {row["expert_id"] for row in skipped} == {"expert-2"}


def test_what_cannot_be_filled_is_named_with_its_cause(contest):
    world = contest()
    world.begin(units=2, cases_each=1, experts=2)
    world.tell(world.expert(1, registration.ExpertUpdated, employer="单位1"))
    round_id = world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["round_id"]
    (short,) = world.do(rpc.assign_experts, round_id=round_id, dry_run=True)["summary"]["unfilled"]
    assert short == {"case_id": "case-1", "missing": 1, "cause": "conflicts", "grounds": {"same_unit": 1}}
    job = world.do(rpc.assign_experts, round_id=round_id)["job_id"]
    assert world.review.run_job(job)["result"]["unfilled"] == 1


def test_pins_are_seated_first_and_checked(world):
    pins = [{"case_id": "case-2", "expert_id": "expert-1"}]
    job = world.do(rpc.assign_experts, round_id=world.round_id, pins=pins)["job_id"]
    world.review.run_job(job)
    panel = world.everything(rpc.list_assignments, round_id=world.round_id, case_id="case-2")
    assert len(panel) == 2 and "expert-1" in [seat["expert_id"] for seat in panel]
    wrong = [
        {"case_id": "case-2", "expert_id": "expert-3"}, {"case_id": "case-1", "expert_id": "expert-1"},
        {"case_id": "case-1", "expert_id": "nobody"},
    ]  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        world.do(rpc.assign_experts, round_id=world.round_id, pins=wrong, dry_run=True)
    assert {error.rule for error in refused.value.fields} == {"full"}


def test_a_pin_in_conflict_is_refused(world):
    pins = [{"case_id": "case-1", "expert_id": "expert-1"}, {"case_id": "case-1", "expert_id": "nobody"}]
    with pytest.raises(InvalidInput) as refused:
        world.do(rpc.assign_experts, round_id=world.round_id, pins=pins, dry_run=True)
    assert [error.rule for error in refused.value.fields] == ["conflict", "room"]


def test_a_case_is_given_to_another_expert(world):
    world.review.run_job(world.do(rpc.assign_experts, round_id=world.round_id)["job_id"])
    panel = world.everything(rpc.list_assignments, round_id=world.round_id, case_id="case-1")
    sitting = {seat["expert_id"] for seat in panel}
    (free,) = {"expert-2", "expert-3", "expert-4"} - sitting
    key = {"assignment_id": panel[0]["assignment_id"], "reason": "出差"}
    with pytest.raises(InvalidInput):
        world.do(rpc.reassign, **key, expert_id="expert-1")
    with pytest.raises(InvalidInput):
        world.do(rpc.reassign, **key, expert_id=panel[1]["expert_id"])
    with pytest.raises(NotFound):
        world.do(rpc.reassign, **key, expert_id="nobody")
    world.do(rpc.reassign, **key, expert_id=free, dry_run=True)
    moved = world.do(rpc.reassign, **key, expert_id=free)
    assert (moved["expert_id"], moved["status"]) == (free, "assigned")
    with pytest.raises(Conflict):
        world.do(rpc.reassign, **key)
    other = {"assignment_id": panel[1]["assignment_id"], "reason": "病假"}
    assert world.do(rpc.reassign, **other)["status"] == "revoked"
    job = world.review.rows("jobs", {"state": "waiting"})[0]["_id"]
    assert world.review.run_job(job)["result"] == {"seated": 0, "skipped": 0, "unfilled": 1}


def test_capacity_counts_over_the_rounds_of_a_stage(contest):
    world = contest()
    world.begin(units=3, cases_each=1, experts=0)
    world.tell(world.expert(1, capacity=2), world.expert(2, capacity=3))
    round_id = world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["round_id"]
    summary = world.do(rpc.assign_experts, round_id=round_id, dry_run=True)["summary"]
    assert summary["seats"] == 5
    assert [(item["missing"], item["cause"]) for item in summary["unfilled"]] == [(1, "capacity")]
