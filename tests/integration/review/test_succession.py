"""Rounds follow one another without locking a case out that is still on its way."""

from __future__ import annotations

import pytest

from contracts.errors import Conflict
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID, TRACKS

RULES = {
    "formal": {"panel": 1, "least_sheets": 1},
    "track": {"panel": 1, "least_sheets": 1, "quota": {"count": 5}, "method": {"name": "mean"}},
    "final": {"panel": 1, "least_sheets": 1},
}  # fmt: skip
FALSE = [{"code": "D-FALSE", "note": "数据不实"}]


@pytest.fixture
def world(contest):
    """Three cases before the formal review, the third in a track of its own."""
    made = contest(**RULES)
    made.begin(units=2, cases_each=1, experts=3)
    made.tell(made.case(3, 1, track=TRACKS[1]))
    return made


def judge(world, round_id):
    """Hand in every sheet of a scored round that is owed."""
    for seat in world.seats(round_id):
        world.score(seat, 60 + int(seat["case_id"][-1]))


def close(world, round_id):
    """Close a round to the end."""
    world.do(rpc.close_round, round_id=round_id)
    world.review.run_jobs()


def refused(world, method, **args):
    """Return what a refused command says."""
    with pytest.raises(Conflict) as found:
        world.do(method, **args)
    return found.value


def open_final(world):
    """Try to open the final; return why it may not be."""
    return refused(world, rpc.open_round, edition_id=EDITION_ID, stage="final")


def test_a_case_that_passes_after_its_track_round_began_joins_it(world):
    formal = world.open("formal")
    first, second, other = world.seats(formal)
    world.check(first)
    track = world.open("track", TRACKS[0])
    judge(world, track)
    assert refused(world, rpc.close_round, round_id=track).facts["blocking"] == [
        {"case_id": "case-2", "problem": "formal_review", "have": 0, "need": 1}
    ]
    world.check(second)
    assert refused(world, rpc.close_round, round_id=track).facts["blocking"] == [
        {"case_id": "case-2", "problem": "waiting", "have": 0, "need": 1}
    ]
    assert world.do(rpc.add_waiting_cases, round_id=track)["added"] == 1
    world.do(rpc.assign_experts, round_id=track)
    world.review.run_jobs()
    world.accept(track)
    judge(world, track)
    # the third case is of another track and keeps nobody here from closing
    close(world, track)
    assert world.told("RoundClosed")[-1].data["cases"] == 2
    said = open_final(world)
    assert said.facts["round_id"] == formal and "形式审查" in said.zh
    world.check(other)
    assert world.findings() == []


def test_the_final_waits_for_every_track_that_has_cases(world):
    world.pass_formal()
    first = world.open("track", TRACKS[0])
    judge(world, first)
    close(world, first)
    said = open_final(world)
    assert said.facts["tracks"] == [TRACKS[1]]
    second = world.open("track", TRACKS[1])
    said = open_final(world)
    assert (said.facts["round_id"], said.facts["track"]) == (second, TRACKS[1])
    assert "not closed" in said.en and "尚未结束" in said.zh
    judge(world, second)
    world.do(rpc.close_round, round_id=second)
    assert "being written" in open_final(world).en
    world.review.run_jobs()
    assert world.do(rpc.open_round, edition_id=EDITION_ID, stage="final")["cases"] == 3
    assert world.findings() == []


def test_the_final_waits_for_a_result_that_is_replaced(world):
    world.pass_formal()
    for track in TRACKS[:2]:
        round_id = world.open("track", track)
        judge(world, round_id)
        close(world, round_id)
    world.do(rpc.supersede_result, round_id=round_id, name="复算", method="severity", reason="复核")
    said = open_final(world)
    assert (said.facts["round_id"], said.facts["status"]) == (round_id, "closed")
    world.review.run_jobs()
    assert world.do(rpc.open_round, edition_id=EDITION_ID, stage="final")["cases"] == 3


def test_a_case_that_nobody_can_take_in_holds_no_final_up(world):
    world.pass_formal()
    round_id = world.open("track", TRACKS[0])
    judge(world, round_id)
    close(world, round_id)
    world.do(rpc.disqualify_case, case_id="case-3", reasons=FALSE)
    world.do(rpc.confirm_disqualification, world.review.secretariat("acc-second"), case_id="case-3")
    assert world.do(rpc.open_round, edition_id=EDITION_ID, stage="final")["cases"] == 2


def test_a_case_reinstated_before_its_round_closes_joins_it(world):
    world.pass_formal()
    world.do(rpc.disqualify_case, case_id="case-2", reasons=FALSE)
    world.do(rpc.confirm_disqualification, world.review.secretariat("acc-second"), case_id="case-2")
    round_id = world.open("track", TRACKS[0])
    judge(world, round_id)
    world.do(rpc.reinstate_case, case_id="case-2", reason="申诉成立")
    assert refused(world, rpc.close_round, round_id=round_id).facts["obstacles"] == 1
    assert world.do(rpc.add_waiting_cases, round_id=round_id)["added"] == 1
    assert world.do(rpc.get_assessment, case_id="case-2")["status"] == "in_round"
