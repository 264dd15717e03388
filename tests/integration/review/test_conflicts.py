"""Nobody judges what he must not judge, whenever it becomes known."""

from __future__ import annotations

import pytest

from contracts.errors import Conflict, NotAllowed
from contracts.events import registration, submission
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID, TRACKS, make_uscc

RULES = {"track": {"panel": 3, "least_sheets": 3, "method": {"name": "mean"}}}
FALSE = [{"code": "D-FALSE", "note": "数据不实"}]


@pytest.fixture
def world(contest):
    """A track round over two cases with a panel of three, six experts in the pool."""
    made = contest(**RULES)
    made.begin(units=2, cases_each=1, experts=6)
    made.pass_formal()
    made.round_id = made.open("track", TRACKS[0])
    return made


def number_of(seat):
    """Return the number of a seat's expert."""
    return int(seat["expert_id"].rpartition("-")[2])


def panel(world, round_id, case_id="case-1"):
    """Return how the seats of a case stand, by expert."""
    rows = world.everything(rpc.list_assignments, round_id=round_id, case_id=case_id)
    return {row["expert_id"]: row["status"] for row in rows}


def test_an_expert_who_joins_the_entrant_loses_seat_and_sheet(world):
    seat = world.seats(world.round_id)[0]
    world.score(seat, 60)
    changed = {"employer_uscc": make_uscc(1)}
    world.tell(world.expert(number_of(seat), registration.ExpertUpdated, **changed))
    (told,) = world.told("ExpertRecused")
    assert (told.data["assignment_id"], told.data["ground"]) == (seat["assignment_id"], "same_unit")
    assert world.review.rows("sheets", {"round_id": world.round_id, "current": True}) == []
    world.review.run_jobs()
    stands = panel(world, world.round_id)
    assert stands[seat["expert_id"]] == "recused" and len(stands) == 4
    # the case of the other unit stays with him
    assert panel(world, world.round_id, "case-2").get(seat["expert_id"]) in ("accepted", None)
    world.accept(world.round_id)
    for left in world.seats(world.round_id):
        world.score(left, 70)
    assert world.findings() == []
    world.do(rpc.close_round, round_id=world.round_id)


def test_a_unit_that_joins_an_experts_group_takes_its_case_from_him(world):
    seat = world.seats(world.round_id)[0]
    group = f"研究院{number_of(seat)}"
    world.tell(world.unit(1, registration.UnitUpdated, group_unit=group))
    assert panel(world, world.round_id)[seat["expert_id"]] == "recused"
    assert world.told("ExpertRecused")[0].data["ground"] == "same_group"
    assert world.findings() == []


def test_what_is_declared_in_one_round_holds_in_every_open_one(contest):
    world = contest(**RULES)
    world.begin(units=2, cases_each=1, experts=4)
    world.tell(world.case(3, 1, track=TRACKS[1]))
    world.pass_formal()
    first = world.open("track", TRACKS[0])
    seat = next(seat for seat in world.seats(first) if seat["case_id"] == "case-1")
    world.score(seat, 70)
    second = world.do(rpc.open_round, edition_id=EDITION_ID, stage="track", track=TRACKS[1])["round_id"]
    pins = [{"case_id": "case-3", "expert_id": seat["expert_id"]}]
    world.do(rpc.assign_experts, round_id=second, pins=pins)
    world.review.run_jobs()
    answer = world.do(
        rpc.accept_duty, world.as_expert(seat["expert_id"]), round_id=second, confidentiality=True,
        conflicts=[{"uscc": make_uscc(1), "note": "配偶任职"}],
    )  # fmt: skip
    assert (answer["accepted"], answer["recused"]) == (0, 1)
    assert panel(world, second, "case-3")[seat["expert_id"]] == "recused"
    assert panel(world, first)[seat["expert_id"]] == "recused"
    world.review.run_jobs()
    assert len([one for one in panel(world, first).values() if one != "recused"]) == 3
    assert world.findings() == []


def test_a_revision_with_a_new_joint_unit_goes_before_others(contest):
    world = contest()
    world.begin(units=1, cases_each=1, experts=3)
    round_id = world.open("formal")
    one, two = world.seats(round_id)
    for seat in (one, two):
        world.check(seat, ("template",), "return")
    joint = [{"name": f"研究院{number_of(one)}", "uscc": make_uscc(77)}]
    world.tell(world.case(1, 1, submission.CaseRevised, revision=2, joint_units=joint))
    world.review.run_jobs()
    stands = panel(world, round_id)
    assert (stands.pop(one["expert_id"]), stands.pop(two["expert_id"])) == ("recused", "accepted")
    assert list(stands.values()) == ["assigned"]
    assert world.findings() == []


def test_what_is_known_since_the_plan_keeps_him_from_being_seated(world):
    world.tell(world.case(9, 2))
    world.do(rpc.close_round, round_id=world.round_id, dry_run=True)
    formal = world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["round_id"]
    job = world.do(rpc.assign_experts, round_id=formal)["job_id"]
    world.review.jobs.run_once(job, most_steps=1)
    planned = [row["expert_id"] for row in world.review.rows("plans", {"job_id": job})]
    number = int(planned[0].rpartition("-")[2])
    world.tell(world.expert(number, registration.ExpertUpdated, employer="单位2"))
    result = world.review.run_job(job)["result"]
    assert (result["seated"], result["skipped"]) == (1, 1)
    world.review.run_jobs()
    seated = panel(world, formal, "case-9")
    assert len(seated) == 2 and planned[0] not in seated


def test_where_word_came_too_late_nothing_opens_counts_or_closes(world):
    seats = world.seats(world.round_id)
    for seat in seats[1:]:
        world.score(seat, 70)
    scored, left = seats[1], seats[0]
    experts = world.review.store.collection("experts")
    for seat in (scored, left):
        experts.update_one({"_id": seat["expert_id"]}, {"$set": {"employer": "单位1"}})
    me, key = world.as_expert(left["expert_id"]), {"assignment_id": left["assignment_id"]}
    marks = [{"criterion": "effect", "value": "80"}]
    for method, more in (
        (rpc.case_for_review, {}), (rpc.material_for_review, {"material_id": "m-1"}),
        (rpc.submit_score_sheet, {"case_revision": 1, "marks": marks}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as refused:
            world.do(method, me, **key, **more)
        assert refused.value.facts["grounds"] == ["same_unit"]
    with pytest.raises(Conflict) as closing:
        world.do(rpc.close_round, round_id=world.round_id)
    problems = {(row["case_id"], row["problem"]) for row in closing.value.facts["blocking"]}
    assert problems == {("case-1", "sheets"), ("case-1", "conflict")}
    assert {found["check"] for found in world.findings()} == {"panels_are_without_conflict"}
    # accepting again sorts it out
    answer = world.do(rpc.accept_duty, me, round_id=world.round_id, confidentiality=True)
    assert answer["recused"] == 1
    assert panel(world, world.round_id)[left["expert_id"]] == "recused"


def test_a_case_comes_back_without_who_must_not_judge_it_by_now(world):
    seat = world.seats(world.round_id)[0]
    world.do(rpc.disqualify_case, case_id="case-1", reasons=FALSE)
    world.do(rpc.confirm_disqualification, world.review.secretariat("acc-second"), case_id="case-1")
    world.tell(world.expert(number_of(seat), registration.ExpertUpdated, employer="单位1"))
    world.do(rpc.reinstate_case, case_id="case-1", reason="申诉成立")
    assert panel(world, world.round_id)[seat["expert_id"]] == "recused"
    assert world.findings() == []


def test_a_decision_that_was_told_stands_whatever_comes_out_later(contest):
    world = contest()
    world.begin(units=1, cases_each=1, experts=4)
    round_id = world.open("formal")
    one, two = world.seats(round_id)
    for seat in (one, two):
        world.check(seat, ("on_track",), "fail")
    with pytest.raises(Conflict) as refused:
        world.do(
            rpc.recuse, world.as_expert(one["expert_id"]), assignment_id=one["assignment_id"], reason="顾问"
        )
    assert refused.value.facts == {"status": "decided", "decision": "fail"}
    with pytest.raises(Conflict):
        world.do(rpc.reassign, assignment_id=two["assignment_id"], reason="复核")
    world.tell(world.expert(number_of(one), registration.ExpertUpdated, employer="单位1"))
    answer = world.do(
        rpc.accept_duty, world.as_expert(two["expert_id"]), round_id=round_id, confidentiality=True,
        conflicts=[{"case_id": "case-1"}],
    )  # fmt: skip
    assert answer["recused"] == 0
    assert set(panel(world, round_id).values()) == {"scored"}
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "failed"
    assert world.findings() == []


def test_who_stands_back_from_a_returned_case_is_replaced_when_it_comes_again(contest):
    world = contest()
    world.begin(units=1, cases_each=1, experts=3)
    round_id = world.open("formal")
    one, two = world.seats(round_id)
    for seat in (one, two):
        world.check(seat, ("template",), "return")
    key = {"assignment_id": one["assignment_id"], "reason": "顾问"}
    world.do(rpc.recuse, world.as_expert(one["expert_id"]), **key)
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "returned"
    world.tell(world.case(1, 1, submission.CaseRevised, revision=2))
    world.review.run_jobs()
    assert sorted(panel(world, round_id).values()) == ["accepted", "assigned", "recused"]
    assert world.findings() == []


def test_who_is_left_decides_when_the_odd_one_stands_back(contest):
    """a, b, c, a and no fifth expert: without b two of three say a."""
    world = contest()
    world.begin(units=1, cases_each=1, experts=4)
    round_id = world.open("formal")
    said = [((), "pass"), (("template",), "return"), (("on_track",), "fail"), ((), "pass")]
    odd = None
    while said:
        (seat, *_) = world.seats(round_id)
        failing, decision = said.pop(0)
        odd = seat if decision == "return" else odd
        world.check(seat, failing, decision)
        world.review.run_jobs()
        world.accept(round_id)
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "in_formal_review"
    world.do(
        rpc.recuse, world.as_expert(odd["expert_id"]), assignment_id=odd["assignment_id"], reason="顾问"
    )
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "qualified"
    assert len(world.told("FormalReviewPassed")) == 1
    assert world.findings() == []
    world.do(rpc.close_round, round_id=round_id)
