"""A round per track, then the national final."""

from __future__ import annotations

from typing import Any

from demo.cast import Case
from demo.phases.judging import accept_duties, close, hand_in_sheets, open_and_assign, panels, score_by_dice
from demo.stage import Stage


def hold_track_rounds(stage: Stage) -> None:
    """Hold all track rounds: one expert recuses himself, one case is knocked out, one gap goes to a panel."""
    stage.move_to("track_rounds")
    knocked_out, wide = _pick(stage, 1), _pick(stage, 2)
    rounds = stage.in_parts(
        lambda index, track: _hold(stage, track.id, index, knocked_out, wide), stage.edition.tracks
    )
    advanced = sum(_result(stage, row)["advanced"] for row in rounds)
    stage.facts |= {"track_rounds": rounds, "knocked_out": knocked_out, "wide": wide}
    stage.show.say(
        f"{len(rounds)} 个赛项各 5 名专家盲评，去掉最高最低分取平均；{advanced} 个案例晋级；"
        "1 名专家中途回避并换人，1 件经两人确认取消资格，1 件分差过大由合议认定",
        f"{len(rounds)} track rounds, blind, trimmed mean; {advanced} cases go on; one recusal, "
        "one knock-out by two persons, one wide gap settled by a panel",
    )


def hold_final(stage: Stage) -> None:
    """Hold the national final over all tracks."""
    stage.move_to("final")
    opened = open_and_assign(stage, "final")
    accept_duties(stage, opened["round_id"])
    sheets = hand_in_sheets(stage, opened["round_id"], score_by_dice(stage, "final"))
    closed = close(stage, opened["round_id"])
    secretary = stage.cast.secretariat[0]
    scores = stage.every(secretary, "review.list_scores", result_id=closed["result_id"])
    stage.facts |= {"final": closed, "final_scores": scores}
    best = scores[0]
    stage.show.say(
        f"{closed['cases']} 个案例、{sheets} 份评分表，"
        f"第一名 {best['number']}《{best['title']}》{best['score']} 分；"
        f"记录根 {closed['merkle_root'][:16]}…",
        f"{closed['cases']} finalists, {sheets} sheets; first is {best['number']} with {best['score']}",
    )


def _hold(stage: Stage, track: str, index: int, knocked_out: Case, wide: Case) -> dict[str, Any]:
    opened = open_and_assign(stage, "track", track)
    round_id = opened["round_id"]
    accept_duties(stage, round_id)
    if index == 0:
        _recuse_one(stage, round_id)
        accept_duties(stage, round_id)
    if knocked_out.track == track:
        _knock_out(stage, knocked_out)
    hand_in_sheets(stage, round_id, score_by_dice(stage, "track", wide))
    if wide.track == track:
        stage.expect_refusal(
            "Conflict",
            "分差过大时关闭轮次 closing over a wide gap",
            stage.cast.secretariat[0],
            "review.close_round",
            round_id=round_id,
        )
        stage.call(
            stage.cast.secretariat[0],
            "review.resolve_gap",
            round_id=round_id,
            case_id=wide.case_id,
            reason="合议：一份评分明显偏低，去极值后维持其余评分",
        )
    return close(stage, round_id)


def _pick(stage: Stage, index: int) -> Case:
    out = (stage.facts["rejected_unit"], stage.facts["failed_case"])
    running = [c for c in stage.cast.cases if c.receipt and c.unit is not out[0] and c is not out[1]]
    crowded = [case for case in running if sum(other.track == case.track for other in running) >= 4]
    return (crowded or running)[index]


def _recuse_one(stage: Stage, round_id: str) -> None:
    expert = next(
        expert
        for expert in stage.cast.experts
        if stage.every(expert.person, "review.my_assignments", round_id=round_id, status="accepted")
    )
    given = stage.every(expert.person, "review.my_assignments", round_id=round_id, status="accepted")[0]
    before = len(panels(stage, round_id)[given["case_id"]])
    done = stage.call(
        expert.person, "review.recuse", assignment_id=given["assignment_id"], reason="曾参与该案例的技术论证"
    )
    if done["job_id"]:
        stage.await_job(stage.cast.secretariat[0], "review", done)
    stage.await_until(
        "somebody else in the seat of a recused expert",
        lambda: len(panels(stage, round_id)[given["case_id"]]) == before,
    )


def _knock_out(stage: Stage, case: Case) -> None:
    first, second = stage.cast.secretariat
    reasons = [{"code": "D-PLAGIARISM", "note": "与往届案例雷同"}]
    stage.call(
        first, "review.disqualify_case", case_id=case.case_id, reasons=reasons, reason="接到举报并查实"
    )
    stage.expect_refusal(
        "NotAllowed",
        "一人提出又自己确认取消资格 one person proposing and confirming",
        first,
        "review.confirm_disqualification",
        case_id=case.case_id,
    )
    stage.call(second, "review.confirm_disqualification", case_id=case.case_id, reason="复核属实")


def _result(stage: Stage, closed: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = stage.call(
        stage.cast.secretariat[0], "review.get_result", result_id=closed["result_id"]
    )
    return result
