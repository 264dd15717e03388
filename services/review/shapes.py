"""What review shows of its documents."""

from __future__ import annotations

from typing import Any

from contracts.edition import Edition, Stage

Json = dict[str, Any]
UNIT_FIELDS = ("name", "uscc", "kind", "province", "group_unit", "recommender", "status")


def show_qualification(doc: Json, unit: Json | None) -> Json:
    """Show a qualification with what is known of its unit."""
    names = (
        "edition_id", "unit_id", "status", "cases", "reasons", "due_at", "opened_at", "decided_at", "version",
    )  # fmt: skip
    shown = {"unit_id": unit["_id"], **{name: unit[name] for name in UNIT_FIELDS}} if unit else None
    return {"qualification_id": doc["_id"], "unit": shown, **{name: doc[name] for name in names}}


def show_round(doc: Json, counts: Json) -> Json:
    """Show a round; ``counts`` are {"cases", "open"}."""
    names = (
        "edition_id", "edition_version", "stage", "kind", "track", "status", "opened_at", "closed_at",
        "result_id", "merkle_root", "version",
    )  # fmt: skip
    counted = {"cases": counts["cases"], "open_cases": counts["open"]}
    return {"round_id": doc["_id"], **counted, **{name: doc[name] for name in names}}


def show_round_case(doc: Json) -> Json:
    """Show a case in a round."""
    names = (
        "round_id", "case_id", "number", "track", "status", "need", "assigned", "sheets", "spread", "gap",
        "ruled", "decision",
    )  # fmt: skip
    return {name: doc[name] for name in names}


def show_seat(doc: Json) -> Json:
    """Show a seat to the secretariat."""
    names = ("round_id", "case_id", "expert_id", "track", "status", "active", "ground", "assigned_at")
    return {"assignment_id": doc["_id"], "sheets": doc["revision"], **{name: doc[name] for name in names}}


def show_my_seat(doc: Json, round_: Json, case: Json, edition: Edition, stage: Stage) -> Json:
    """Show a seat to the expert who holds it."""
    window = edition.window(stage.window)
    return {
        "assignment_id": doc["_id"], "round_id": doc["round_id"], "stage": doc["stage"],
        "kind": round_["kind"], "track": doc["track"], "case_id": doc["case_id"], "title": case["title"],
        "status": doc["status"], "accepted": doc["status"] != "assigned", "case_revision": case["revision"],
        "opens_at": window.opens_at, "closes_at": window.closes_at,
    }  # fmt: skip


def show_sheet(doc: Json) -> Json:
    """Show a sheet to the expert who wrote it."""
    names = (
        "assignment_id", "number", "case_revision", "total", "decision", "comment", "submitted_at", "hash",
    )  # fmt: skip
    marks = [{"criterion": name, "value": value} for name, value in doc["values"].items()]
    return {"sheet_id": doc["_id"], "marks": marks, **{name: doc[name] for name in names}}


def show_assessment(doc: Json) -> Json:
    """Show where a case stands."""
    names = (
        "number", "title", "edition_id", "unit_id", "track", "status", "revision", "next_stage", "round_id",
        "unit_passed", "due_at", "reasons", "version",
    )  # fmt: skip
    proposal = doc["disqualification"]
    waiting = proposal["proposed_by"] if proposal and not proposal["confirmed_by"] else None
    shown = {name: doc[name] for name in names}
    return {"case_id": doc["_id"], "disqualification_proposed_by": waiting, **shown}


def show_result(doc: Json) -> Json:
    """Show a named result."""
    names = (
        "round_id", "name", "method", "state", "cases", "sheets", "advanced", "places", "decided_by",
        "merkle_root", "reason", "made_at",
    )  # fmt: skip
    return {"result_id": doc["_id"], "at_cut": len(doc["at_cut"]), **{name: doc[name] for name in names}}


def show_score(doc: Json) -> Json:
    """Show one line of a result."""
    names = (
        "case_id", "number", "title", "track", "score", "rank", "tied", "outcome", "sheets", "record_hash",
    )  # fmt: skip
    return {**{name: doc[name] for name in names}, "dropped": len(doc["dropped"])}


def show_record(doc: Json) -> Json:
    """Show a record of a chain."""
    return {name: doc[name] for name in ("chain", "index", "kind", "at", "content", "previous", "hash")}
