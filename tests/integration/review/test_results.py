"""Closing, gaps, ties, other results, knock-outs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYet
from contracts.events import submission
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID, TRACKS

RULES = {
    "track": {"panel": 3, "least_sheets": 3, "quota": {"count": 1},
              "method": {"name": "mean", "decimals": 2, "gap": "20"}},
    "final": {"panel": 3, "least_sheets": 3},
}  # fmt: skip
FALSE = [{"code": "D-FALSE", "note": "数据不实"}]


@pytest.fixture
def world(contest):
    """A track round over three cases with a panel of three."""
    made = contest(**RULES)
    made.begin(units=3, cases_each=1, experts=5)
    made.pass_formal()
    made.round_id = made.open("track", TRACKS[0])
    return made


def score_all(world, **marks):
    """Hand in every missing sheet, with a mark a case or one mark a seat."""
    for place, seat in enumerate(world.seats(world.round_id)):
        mark = marks[seat["case_id"].replace("-", "_")]
        world.score(seat, mark[place % 3] if isinstance(mark, tuple) else mark)


def close(world):
    """Close the round and return its scores."""
    world.do(rpc.close_round, round_id=world.round_id)
    world.review.run_jobs()
    result_id = world.do(rpc.get_round, round_id=world.round_id)["result_id"]
    return world.everything(rpc.list_scores, result_id=result_id)


def test_a_round_with_missing_sheets_stays_open_and_says_which(world):
    world.score(world.seats(world.round_id)[0], 70)
    with pytest.raises(Conflict) as refused:
        world.do(rpc.close_round, round_id=world.round_id)
    assert refused.value.facts["obstacles"] == 3
    assert refused.value.facts["blocking"][0] == {
        "case_id": "case-1",
        "problem": "sheets",
        "have": 1,
        "need": 3,
    }
    summary = world.do(rpc.close_round, round_id=world.round_id, dry_run=True)["summary"]
    assert summary["obstacles"] == 3 and len(summary["ranking"]) == 1
    progress = world.do(rpc.round_progress, round_id=world.round_id)
    assert (progress["scored"], progress["missing_sheets"], len(progress["blocking"])) == (1, 8, 3)


def test_a_wide_gap_calls_one_more_expert(world):
    score_all(world, case_1=(50, 90, 70), case_2=80, case_3=70)
    with pytest.raises(Conflict) as refused:
        world.do(rpc.close_round, round_id=world.round_id)
    assert refused.value.facts["blocking"] == [{"case_id": "case-1", "problem": "gap", "have": 3, "need": 4}]
    assert (
        world.do(rpc.list_round_cases, round_id=world.round_id, show="gap")["items"][0]["spread"] == "40.0000"
    )
    world.review.run_jobs()
    world.accept(world.round_id)
    (fourth,) = world.seats(world.round_id)
    world.score(fourth, 70)
    assert {line["case_id"]: line["sheets"] for line in close(world)} == {
        "case-1": 4,
        "case-2": 3,
        "case-3": 3,
    }
    assert world.findings() == []


def test_a_panel_may_let_a_gap_stand(world):
    score_all(world, case_1=(50, 90, 70), case_2=80, case_3=70)
    ruling = {"round_id": world.round_id, "case_id": "case-1", "reason": "合议后维持"}
    with pytest.raises(InvalidInput):
        world.do(rpc.resolve_gap, **ruling, decision="pass")
    with pytest.raises(Conflict):
        world.do(rpc.resolve_gap, **{**ruling, "case_id": "case-2"})
    world.do(rpc.resolve_gap, **ruling)
    assert [line["case_id"] for line in close(world)] == ["case-2", "case-1", "case-3"]


def test_a_ruling_holds_for_the_sheets_the_panel_saw_only(world):
    score_all(world, case_1=(50, 90, 70), case_2=80, case_3=70)
    ruling = {"round_id": world.round_id, "case_id": "case-1", "reason": "合议后维持"}
    world.do(rpc.resolve_gap, **ruling)
    scored = world.everything(rpc.list_assignments, round_id=world.round_id, case_id="case-1")
    world.score(scored[0], 10)
    (case,) = world.do(rpc.list_round_cases, round_id=world.round_id, show="gap")["items"]
    assert (case["case_id"], case["ruled"]) == ("case-1", False)
    with pytest.raises(Conflict) as refused:
        world.do(rpc.close_round, round_id=world.round_id)
    assert refused.value.facts["blocking"][0]["problem"] == "gap"
    world.do(rpc.resolve_gap, **ruling)
    assert len(close(world)) == 3
    assert world.findings() == []


def test_everyone_tied_at_the_cut_goes_on(world):
    score_all(world, case_1=80, case_2=80, case_3=70)
    lines = close(world)
    assert [(line["rank"], line["tied"], line["outcome"]) for line in lines] == [
        (1, True, "advanced"), (1, True, "advanced"), (3, False, "stopped"),
    ]  # fmt: skip
    result = world.do(rpc.get_result, result_id=world.do(rpc.get_round, round_id=world.round_id)["result_id"])
    assert (result["places"], result["at_cut"], result["advanced"]) == (1, 2, 2)
    assert result["decided_by"] == ["include_all"]


def test_closing_is_carried_on_where_it_stopped(world):
    score_all(world, case_1=80, case_2=75, case_3=70)
    job = world.do(rpc.close_round, round_id=world.round_id)["job_id"]
    steps = 0
    while world.review.rows("jobs", {"_id": job})[0]["state"] != "done":
        assert world.review.jobs.run_once(job, most_steps=1)
        steps += 1
    assert steps == 4
    assert len(world.told("RoundScored")) == 3 and len(world.told("RoundClosed")) == 2
    assert world.findings() == []


def test_no_sheet_slips_in_once_closing_began(world):
    score_all(world, case_1=80, case_2=75, case_3=70)
    seat = world.everything(rpc.list_assignments, round_id=world.round_id)[0]

    def act(number):
        try:
            if number == 5:
                return world.do(rpc.close_round, round_id=world.round_id)["job_id"]
            return world.score(seat, 60 + number)["sheet_id"]
        except Conflict:
            return None

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(12)))
    if world.do(rpc.get_round, round_id=world.round_id)["status"] == "open":
        world.do(rpc.close_round, round_id=world.round_id)
    with pytest.raises(Conflict):
        world.score(seat, 99)
    again = world.do(rpc.close_round, round_id=world.round_id)
    assert again["summary"]["resumed"]
    world.review.run_jobs()
    assert world.findings() == []
    assert len(world.told("RoundScored")) == 3 and len(world.told("RoundClosed")) == 2


def test_two_jobs_that_write_one_result_write_it_once(world):
    score_all(world, case_1=80, case_2=75, case_3=70)
    jobs = [world.do(rpc.close_round, round_id=world.round_id)["job_id"] for _ in range(2)]
    for place in (0, 1, 1, 0):
        world.review.jobs.run_once(jobs[place], most_steps=1)
    for job in jobs:
        world.review.run_job(job)
    assert len(world.told("RoundScored")) == 3 and len(world.told("RoundClosed")) == 2
    assert world.findings() == []


def test_another_method_makes_another_result(world):
    score_all(world, case_1=(90, 80, 70), case_2=(75, 80, 85), case_3=60)
    close(world)
    another = {
        "round_id": world.round_id,
        "name": "标准化复算",
        "method": "standardised",
        "reason": "评委尺度不一",
    }
    preview = world.do(rpc.supersede_result, **another, dry_run=True)
    assert len(preview["summary"]["ranking"]) == 3
    world.do(rpc.supersede_result, **another)
    world.review.run_jobs()
    old, new = world.everything(rpc.list_results, round_id=world.round_id)
    assert (old["state"], new["state"], new["name"]) == ("superseded", "current", "标准化复算")
    assert world.do(rpc.get_round, round_id=world.round_id)["result_id"] == new["result_id"]
    (told,) = world.told("ResultSuperseded")
    assert (told.data["old_result_id"], told.data["new_result_id"]) == (old["result_id"], new["result_id"])
    assert world.told("RoundClosed")[-1].data["result_id"] == new["result_id"]
    assert len(world.everything(rpc.list_scores, result_id=old["result_id"])) == 3
    assert world.findings() == []
    world.open("final")
    with pytest.raises(Conflict):
        world.do(rpc.supersede_result, **{**another, "name": "再算"})


def test_methods_are_checked(world):
    another = {"round_id": world.round_id, "name": "另算", "reason": "复核"}
    for wrong in (
        {"method": "trimmed_mean"}, {"method": "mean", "drop_low": 1},
        {"method": "trimmed_mean", "drop_low": 1, "trim_from": 1},
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            world.do(rpc.supersede_result, **another, **wrong)
    with pytest.raises(Conflict):
        world.do(rpc.supersede_result, **another, method="mean")
    formal = world.everything(rpc.list_rounds)[0]["round_id"]
    with pytest.raises(Conflict):
        world.do(rpc.supersede_result, **{**another, "round_id": formal}, method="mean", dry_run=True)


def test_a_knocked_out_case_drops_out_of_its_round(world):
    score_all(world, case_1=90, case_2=80, case_3=70)
    world.do(rpc.disqualify_case, case_id="case-1", reasons=FALSE)
    assert world.do(rpc.get_assessment, case_id="case-1")["disqualification_proposed_by"] == "acc-secretariat"
    with pytest.raises(NotAllowed):
        world.do(rpc.confirm_disqualification, case_id="case-1")
    second = world.review.secretariat("acc-second")
    world.do(rpc.confirm_disqualification, second, case_id="case-1")
    assert world.told("CaseDisqualified")[0].data["reasons"] == FALSE
    assert [line["case_id"] for line in close(world)] == ["case-2", "case-3"]
    world.do(rpc.reinstate_case, case_id="case-1", reason="申诉成立")
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "qualified"
    assert world.told("CaseReinstated")[0].data["reason"] == "申诉成立"
    assert world.findings() == []


def test_a_reinstated_case_takes_its_place_with_its_sheets(world):
    score_all(world, case_1=90, case_2=80, case_3=70)
    world.do(rpc.disqualify_case, case_id="case-1", reasons=FALSE)
    world.do(rpc.drop_disqualification, case_id="case-1", reason="证据不足")
    world.do(rpc.disqualify_case, case_id="case-1", reasons=FALSE)
    world.do(rpc.confirm_disqualification, world.review.secretariat("acc-second"), case_id="case-1")
    assert world.do(rpc.get_round, round_id=world.round_id)["cases"] == 2
    world.do(rpc.reinstate_case, case_id="case-1", reason="申诉成立")
    assert [line["case_id"] for line in close(world)] == ["case-1", "case-2", "case-3"]
    rows = world.everything(rpc.case_timeline, case_id="case-1")
    kinds = [row["content"]["what"] for row in rows if row["kind"] == "decision"]
    assert kinds == [
        "disqualification_proposed", "disqualification_dropped", "disqualification_proposed", "disqualified",
        "reinstated",
    ]  # fmt: skip


def test_a_withdrawn_case_drops_out_unless_the_result_is_being_written(world):
    def withdraw(number):
        data = {
            "case_id": f"case-{number}",
            "edition_id": EDITION_ID,
            "unit_id": f"unit-{number}",
            "reason": "撤",
        }
        return world.event(submission.CaseWithdrawn, data["case_id"], data)

    assert world.tell(withdraw(1)) == ["handled"]
    score_all(world, case_2=80, case_3=70)
    job = world.do(rpc.close_round, round_id=world.round_id)["job_id"]
    late = withdraw(2)
    assert world.tell(late) == ["not_yet"]
    with pytest.raises(Conflict):
        world.do(rpc.disqualify_case, case_id="case-3", reasons=FALSE)
        world.do(rpc.confirm_disqualification, world.review.secretariat("acc-second"), case_id="case-3")
    world.review.run_job(job)
    assert world.tell(late) == ["handled"]
    states = {row["case_id"]: row["status"] for row in world.everything(rpc.list_assessments)}
    assert states == {"case-1": "withdrawn", "case-2": "withdrawn", "case-3": "stopped"}
    assert world.findings() == []


def test_what_is_not_there_is_not_found(world):
    for method, args in (
        (rpc.get_result, {"result_id": "x"}), (rpc.get_round, {"round_id": "x"}),
        (rpc.round_record, {"round_id": "x"}), (rpc.get_assessment, {"case_id": "x"}),
        (rpc.case_timeline, {"case_id": "x"}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            world.do(method, **args)
    with pytest.raises(NotYet):
        world.do(rpc.round_seal, round_id=world.round_id)
