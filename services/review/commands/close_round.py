"""Closing a round, and replacing its result by another named one; the job behind both is ``write_result``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from contracts.edition import Edition, Method, Stage
from contracts.errors import Conflict, InvalidInput
from contracts.words import AssignmentStatus, StageKind
from plumbing.store.ids import new_id
from services.review import repository
from services.review.commands.write_result import WRITE, compute
from services.review.domain.closing import Obstacle, find_obstacles, method_to_json
from services.review.domain.round import Round
from services.review.domain.round_case import DECIDED, IN, RETURNED
from services.review.interests import find_conflicts
from services.review.succession import find_late

MOST_SHOWN = 200
MOST_NAMED = 50
FIRST_NAME = "评审结果"


def prepare_closing(context: Any, args: dict[str, Any]) -> dict[str, Any] | None:
    """Compute the whole result for a dry run; otherwise the job does."""
    if not args["dry_run"]:
        return None
    round_ = repository.get(context, Round, args["round_id"])
    if round_.kind == StageKind.FORMAL:
        return None
    _, stage = repository.rules_of(context, round_)
    return compute(context, round_, stage.method)


def close_round(tx: Any, args: dict[str, Any], preview: dict[str, Any] | None) -> dict[str, Any]:
    """Freeze a round whose sheets are all there, and have its result written.

    A dry run shows what stands in the way; closing for good refuses because of it. What is checked and what
    is frozen are the same cases in one transaction, so that no sheet slips in between. Asked again while a
    result is being written, it takes that work on anew, for the job may have failed.
    """
    round_ = repository.get(tx, Round, args["round_id"])
    if round_.pending_result is not None and not args["dry_run"]:
        return _resume(tx, round_)
    result_id = new_id("result")
    round_.freeze(result_id)
    _, stage = repository.rules_of(tx, round_)
    obstacles = _obstacles(tx, round_, stage)
    judged = {"round_id": round_.id, "status": {"$in": [IN, DECIDED]}}
    cases = tx.collection("round_cases").count_documents(judged)
    if args["dry_run"]:
        summary = {"cases": cases, **_show_obstacles(obstacles), **_show_preview(preview)}
        return {"job_id": None, "rows": cases, "summary": summary}
    if obstacles:
        raise Conflict(
            f"尚有{len(obstacles)}个案例未评完或尚未进入本轮，不能截止。",
            f"It cannot close: cases not judged to the end, or not in the round yet: {len(obstacles)}.",
            **_show_obstacles(obstacles),
        )
    tx.collection("round_cases").update_many(
        {"round_id": round_.id, "status": IN}, {"$set": {"frozen": True}, "$inc": {"version": 1}}
    )
    repository.save(tx, round_)
    job_id = _begin(tx, round_, result_id, stage.method, FIRST_NAME, args["reason"], None)
    return {"job_id": job_id, "rows": cases, "summary": {"cases": cases, "result_id": result_id}}


def _resume(tx: Any, round_: Round) -> dict[str, Any]:
    job_id = tx.enqueue(WRITE, {"round_id": round_.id, "result_id": round_.pending_result})
    return {"job_id": job_id, "rows": 0, "summary": {"result_id": round_.pending_result, "resumed": True}}


def _obstacles(tx: Any, round_: Round, stage: Stage) -> list[Obstacle]:
    docs = list(tx.collection("round_cases").find({"round_id": round_.id, "status": {"$in": [IN, RETURNED]}}))
    if stage.kind == StageKind.FORMAL:
        returned = [doc["case_id"] for doc in docs if doc["status"] == RETURNED]
        known = repository.by_id(tx, "assessments", returned)
        late = {case_id for case_id, doc in known.items() if doc["due_at"] <= tx.now}
        return [
            Obstacle(doc["case_id"], "returned" if doc["status"] == RETURNED else "undecided", doc["sheets"],
                     doc["need"])
            for doc in docs if doc["case_id"] not in late
        ]  # fmt: skip
    sheets = [repository.full_sheet(doc) for doc in repository.current_sheets(tx, round_.id)]
    cases = {doc["case_id"]: doc["ruled"] for doc in docs}
    judged = [sheet for sheet in sheets if sheet.case_id in cases]
    found = find_obstacles(cases, judged, stage, stage.method) + _conflicted(tx, round_, docs)
    return found + find_late(tx, round_, stage)


def _conflicted(tx: Any, round_: Round, docs: list[dict[str, Any]]) -> list[Obstacle]:
    """Return the cases over which a sheet counts that its expert should not have written."""
    seats = repository.seats_of(tx, round_id=round_.id, status=AssignmentStatus.SCORED.value)
    found = find_conflicts(tx, round_, [(seat.case_id, seat.expert_id) for seat in seats])
    wrong = {case_id for case_id, _ in found}
    return [
        Obstacle(doc["case_id"], "conflict", doc["sheets"], doc["need"])
        for doc in docs if doc["case_id"] in wrong
    ]  # fmt: skip


def _show_obstacles(obstacles: list[Obstacle]) -> dict[str, Any]:
    return {"obstacles": len(obstacles), "blocking": [asdict(item) for item in obstacles[:MOST_NAMED]]}


def _show_preview(preview: dict[str, Any] | None) -> dict[str, Any]:
    if preview is None:
        return {}
    names = ("places", "advanced", "at_cut", "decided_by", "sheets", "wide")
    return {**{name: preview[name] for name in names}, "ranking": preview["lines"][:MOST_SHOWN]}


def _begin(
    tx: Any, round_: Round, result_id: str, method: Method, name: str, reason: str, replaces: str | None
) -> str:
    tx.collection("results").insert_one({
        "_id": result_id, "round_id": round_.id, "edition_id": round_.edition_id, "name": name,
        "method": method_to_json(method), "state": "computing", "cases": 0, "sheets": 0, "advanced": 0,
        "places": 0, "at_cut": [], "decided_by": [], "merkle_root": None, "reason": reason, "made_at": tx.now,
        "replaces": replaces,
    })  # fmt: skip
    job_id: str = tx.enqueue(WRITE, {"round_id": round_.id, "result_id": result_id})
    return job_id


def prepare_superseding(context: Any, args: dict[str, Any]) -> dict[str, Any] | None:
    """Compute the other result for a dry run; otherwise the job does."""
    if not args["dry_run"]:
        return None
    round_ = repository.get(context, Round, args["round_id"])
    if round_.kind == StageKind.FORMAL:
        return None
    _, stage = repository.rules_of(context, round_)
    return compute(context, round_, _method_of(args, stage))


def supersede_result(tx: Any, args: dict[str, Any], preview: dict[str, Any] | None) -> dict[str, Any]:
    """Have another named result written over the same sheets; cases must not have gone on by the old one."""
    round_ = repository.get(tx, Round, args["round_id"])
    if round_.kind == StageKind.FORMAL:
        raise Conflict("形式审查没有评分结果。", "A formal round has no scores.", kind=round_.kind)
    edition, stage = repository.rules_of(tx, round_)
    method, result_id, old = _method_of(args, stage), new_id("result"), round_.result_id
    round_.begin_result(result_id)
    _refuse_when_gone_on(tx, round_, edition, stage)
    if args["dry_run"]:
        rows = len(preview["lines"]) if preview else 0
        return {"job_id": None, "rows": rows, "summary": _show_preview(preview)}
    repository.save(tx, round_)
    job_id = _begin(tx, round_, result_id, method, args["name"], args["reason"], old)
    return {"job_id": job_id, "rows": 0, "summary": {"result_id": result_id}}


def _method_of(args: dict[str, Any], stage: Stage) -> Method:
    trims = args["method"] == "trimmed_mean"
    dropped = args["drop_high"] + args["drop_low"]
    if trims != bool(dropped) or (trims and args["trim_from"] <= dropped):
        raise InvalidInput.of(
            "trim_from", "range", "去分设置与方法不符，或去分后无剩余评分",
            "Trimming does not fit the method, or would leave no sheet.",
        )  # fmt: skip
    names = ("drop_high", "drop_low", "trim_from", "decimals")
    return Method(args["method"], **{name: args[name] for name in names}, gap=stage.method.gap)


def _refuse_when_gone_on(tx: Any, round_: Round, edition: Edition, stage: Stage) -> None:
    following = edition.stage_after(stage.id)
    if following is None:
        return
    query: dict[str, Any] = {"edition_id": round_.edition_id, "stage": following.id}
    if round_.track is not None:
        query["track"] = {"$in": [None, round_.track]}
    later = tx.collection("rounds").find_one(query)
    if later:
        raise Conflict("下一阶段已开始，不能另定结果。", "The next stage has begun with the old result.",
                       round_id=later["_id"])  # fmt: skip
