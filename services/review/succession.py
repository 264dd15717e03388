"""What must be over before a round opens or closes: else cases that are still on their way are locked out."""

from __future__ import annotations

from typing import Any

from contracts.edition import Edition, Stage
from contracts.errors import Conflict
from contracts.words import RoundStatus, StageKind, UnitStatus
from services.review.domain.assessment import WAITING_FOR
from services.review.domain.closing import Obstacle
from services.review.domain.round import Round, slot_of
from services.review.domain.round_case import IN, RETURNED

MOST_NAMED = 50


def waiting_for(reader: Any, round_: Round, stage: Stage) -> dict[str, Any]:
    """Return the query of the assessments that wait for a round's stage: of passed, active units."""
    query: dict[str, Any] = {
        "edition_id": round_.edition_id, "next_stage": stage.id, "unit_passed": True,
        "status": {"$in": list(WAITING_FOR[stage.kind])}, "unit_id": {"$nin": _suspended(reader)},
    }  # fmt: skip
    if round_.track is not None:
        query["track"] = round_.track
    return query


def _suspended(reader: Any) -> list[str]:
    units = reader.collection("units").find({"status": UnitStatus.SUSPENDED.value}, {"_id": 1})
    return [row["_id"] for row in units]


def find_late(reader: Any, round_: Round, stage: Stage) -> list[Obstacle]:
    """Return the cases that a scored round would lock out if it closed now: no other one follows it.

    They wait for it, or are before the formal review still, which may send them to it.
    """
    if stage.kind == StageKind.FORMAL:
        return []
    waiting = reader.collection("assessments").find(waiting_for(reader, round_, stage), {"_id": 1})
    found = [Obstacle(row["_id"], "waiting", 0, stage.least_sheets) for row in waiting]
    if stage.kind == StageKind.TRACK:
        open_ones = {"edition_id": round_.edition_id, "kind": StageKind.FORMAL.value,
                     "status": {"$ne": RoundStatus.CLOSED.value}}  # fmt: skip
        formal = [row["_id"] for row in reader.collection("rounds").find(open_ones, {"_id": 1})]
        query: dict[str, Any] = {"round_id": {"$in": formal}, "status": {"$in": [IN, RETURNED]}}
        if round_.track is not None:
            query["track"] = round_.track
        before = reader.collection("round_cases").find(query, {"case_id": 1, "sheets": 1, "need": 1})
        found += [Obstacle(row["case_id"], "formal_review", row["sheets"], row["need"]) for row in before]
    return sorted(found, key=lambda item: item.case_id)


def require_finished(tx: Any, edition: Edition, stage: Stage, track: str | None) -> None:
    """Raise Conflict while an earlier round of the same scope may still send cases to the stage.

    A track round may run beside the formal review, as the windows of the two overlap: who passes later joins
    it by ``add_waiting_cases``. The final begins only when everything before it is over.
    """
    before = edition.stages[: [one.id for one in edition.stages].index(stage.id)]
    query: dict[str, Any] = {"edition_id": edition.id, "stage": {"$in": [one.id for one in before]}}
    if track is not None:
        query["track"] = {"$in": [None, track]}
    rounds = list(tx.collection("rounds").find(query, sort=[("_id", 1)]))
    for round_ in rounds:
        beside = round_["kind"] == StageKind.FORMAL and stage.kind != StageKind.FINAL
        running = round_["status"] != RoundStatus.CLOSED
        if round_["pending_result"] is not None or (running and not beside):
            raise _unfinished(edition, round_)
    if stage.kind == StageKind.FINAL:
        _require_every_track(tx, edition, [one for one in before if one.kind == StageKind.TRACK])
    # closing and superseding write these rounds too: who reads them here as over is right until the commit
    tx.collection("rounds").update_many(
        {"_id": {"$in": [round_["_id"] for round_ in rounds]}}, {"$inc": {"version": 1}}
    )


def _unfinished(edition: Edition, round_: dict[str, Any]) -> Conflict:
    before = edition.stage(round_["stage"])
    zh, en = (before.name.zh, before.name.en) if before else (round_["stage"], round_["stage"])
    track = edition.track(round_["track"]) if round_["track"] else None
    where = (f"（{track.name.zh}）", f" ({track.name.en})") if track else ("", "")
    doing = ("正在计算结果", "its result is being written") if round_["pending_result"] else (
        "尚未结束", "it is not closed")  # fmt: skip
    return Conflict(
        f"前一阶段“{zh}”{where[0]}{doing[0]}，不能开启本阶段。",
        f"The earlier round {en!r}{where[1]} is not finished ({doing[1]}): this stage cannot open.",
        round_id=round_["_id"], stage=round_["stage"], track=round_["track"], status=round_["status"],
    )  # fmt: skip


def _require_every_track(tx: Any, edition: Edition, stages: list[Stage]) -> None:
    """Raise Conflict while cases wait for a round of their track that was never held."""
    query = {
        "edition_id": edition.id, "status": {"$in": list(WAITING_FOR[StageKind.TRACK])},
        "next_stage": {"$in": [stage.id for stage in stages]}, "unit_id": {"$nin": _suspended(tx)},
    }  # fmt: skip
    scopes = {stage.id: stage.scope for stage in stages}
    waiting: dict[str, set[str]] = {}
    for case in tx.collection("assessments").find(query, {"next_stage": 1, "track": 1}):
        track = case["track"] if scopes[case["next_stage"]] == "track" else None
        slot = slot_of(edition.id, case["next_stage"], track)
        waiting.setdefault(slot, set()).add(case["track"])
    held = {row["slot"] for row in tx.collection("rounds").find({"slot": {"$in": sorted(waiting)}})}
    tracks = sorted({track for slot in waiting.keys() - held for track in waiting[slot]})
    if tracks:
        known = [edition.track(track) for track in tracks]
        zh = "、".join(track.name.zh for track in known if track)
        raise Conflict(
            f"以下赛项有案例等待评审而尚未举行专题赛：{zh}。",
            f"Cases wait in tracks whose round was never held: {', '.join(tracks)}.",
            tracks=tracks[:MOST_NAMED],
        )  # fmt: skip
