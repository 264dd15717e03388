"""Reads on rounds: lists, panels, progress."""

from __future__ import annotations

from typing import Any

from contracts.words import AssignmentStatus, StageKind
from plumbing.store.paging import page
from services.review import repository
from services.review.domain.round import Round
from services.review.domain.round_case import DROPPED, IN
from services.review.domain.seat import HELD
from services.review.shapes import show_round, show_round_case, show_seat

Json = dict[str, Any]
MOST_NAMED = 50
SHOWN: dict[str, Json] = {
    "all": {},
    "missing": {"status": IN, "$expr": {"$lt": ["$sheets", "$need"]}},
    "unassigned": {"status": IN, "$expr": {"$lt": ["$assigned", "$need"]}},
    "gap": {"status": IN, "gap": True},
}


def filters(args: Json, *names: str) -> Json:
    """Return the filters that were given."""
    return {name: args[name] for name in names if args[name] is not None}


def count_cases(view: Any, round_ids: list[str]) -> dict[str, Json]:
    """Return {"cases", "open"} of rounds; cases that left the contest are not counted."""
    rows = view.collection("round_cases").aggregate([
        {"$match": {"round_id": {"$in": round_ids}, "status": {"$ne": DROPPED}}},
        {"$group": {"_id": "$round_id", "cases": {"$sum": 1},
                    "open": {"$sum": {"$cond": [{"$eq": ["$status", IN]}, 1, 0]}}}},
    ])  # fmt: skip
    found = {row["_id"]: {"cases": row["cases"], "open": row["open"]} for row in rows}
    return {round_id: found.get(round_id, {"cases": 0, "open": 0}) for round_id in round_ids}


def list_rounds(view: Any, args: Json) -> Json:
    """List rounds, oldest first."""
    listed = page(view.collection("rounds"), filters(args, "edition_id", "stage", "status"), args, dict)
    counts = count_cases(view, [doc["_id"] for doc in listed["items"]])
    return {**listed, "items": [show_round(doc, counts[doc["_id"]]) for doc in listed["items"]]}


def get_round(view: Any, args: Json) -> Json:
    """Show one round."""
    round_ = repository.get(view, Round, args["round_id"])
    return show_round(repository.to_doc(round_), count_cases(view, [round_.id])[round_.id])


def list_round_cases(view: Any, args: Json) -> Json:
    """List a round's cases."""
    query = {"round_id": args["round_id"], **SHOWN[args["show"]]}
    return page(view.collection("round_cases"), query, args, show_round_case)


def list_assignments(view: Any, args: Json) -> Json:
    """List seats."""
    query = filters(args, "round_id", "case_id", "expert_id", "status")
    return page(view.collection("seats"), query, args, show_seat)


def round_progress(view: Any, args: Json) -> Json:
    """Count seats and sheets, and name what keeps the round open."""
    round_ = repository.get(view, Round, args["round_id"])
    counts = count_cases(view, [round_.id])[round_.id]
    held = view.collection("seats").aggregate([
        {"$match": {"round_id": round_.id, "active": True, "status": {"$in": list(HELD)}}},
        {"$group": {"_id": "$status", "seats": {"$sum": 1}}},
    ])  # fmt: skip
    seats = {row["_id"]: row["seats"] for row in held}
    open_cases = view.collection("round_cases").aggregate([
        {"$match": {"round_id": round_.id, "status": IN}},
        {"$group": {
            "_id": None,
            "missing": {"$sum": {"$max": [0, {"$subtract": ["$need", "$sheets"]}]}},
            "unassigned": {"$sum": {"$max": [0, {"$subtract": ["$need", "$assigned"]}]}},
            "gaps": {"$sum": {"$cond": ["$gap", 1, 0]}},
        }},
    ])  # fmt: skip
    totals = next(iter(open_cases), {"missing": 0, "unassigned": 0, "gaps": 0})
    return {
        "round_id": round_.id, "status": round_.status, "cases": counts["cases"],
        "open_cases": counts["open"],
        "assigned": sum(seats.values()), "accepted": seats.get(AssignmentStatus.ACCEPTED.value, 0),
        "scored": seats.get(AssignmentStatus.SCORED.value, 0), "missing_sheets": totals["missing"],
        "unassigned_seats": totals["unassigned"], "gaps": totals["gaps"],
        "blocking": _blocking(view, round_),
    }  # fmt: skip


def _blocking(view: Any, round_: Round) -> list[Json]:
    if round_.status != "open":
        return []
    _, stage = repository.rules_of(view, round_)
    least = "$need" if stage.kind == StageKind.FORMAL else stage.least_sheets
    short = {"$expr": {"$lt": ["$sheets", least]}}
    query = {"round_id": round_.id, "status": IN, "$or": [short, {"gap": True}]}
    docs = view.collection("round_cases").find(query, sort=[("_id", 1)], limit=MOST_NAMED)
    names = ("case_id", "sheets", "need", "assigned", "gap", "spread")
    return [{name: doc[name] for name in names} for doc in docs]
