"""Deciding whether units may take part."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotYet, Refusal
from contracts.events import EventType
from contracts.events import review as events
from plumbing.store import chain
from services.review import repository
from services.review.domain.qualification import Qualification, qualification_id
from services.review.domain.record import decision_content
from services.review.domain.window import require_open
from services.review.shapes import show_qualification

EVENTS: dict[str, EventType] = {
    "pass": events.QualificationPassed,
    "return": events.QualificationReturned,
    "reject": events.QualificationRejected,
}


def decide_qualification(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Pass, return or reject one unit."""
    qualification, unit = _decide(tx, args["edition_id"], args)
    return show_qualification(repository.to_doc(qualification), unit)


def decide_qualifications(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Decide row by row; a row that is refused changes nothing, the others stand."""
    outcomes = []
    for row in args["rows"]:
        try:
            qualification, _ = _decide(tx, args["edition_id"], row)
            outcomes.append({"row": row["unit_id"], "outcome": qualification.status, "problem": None})
        except Refusal as refusal:
            outcomes.append({"row": row["unit_id"], "outcome": "refused", "problem": refusal.to_problem()})
    refused = sum(1 for outcome in outcomes if outcome["problem"])
    return {"decided": len(outcomes) - refused, "refused": refused, "outcomes": outcomes}


def _decide(tx: Any, edition_id: str, row: dict[str, Any]) -> tuple[Qualification, dict[str, Any]]:
    edition = repository.current_edition(tx, edition_id)
    require_open(edition, "qualification", tx.now)
    qualification = repository.get(tx, Qualification, qualification_id(edition_id, row["unit_id"]))
    unit = tx.collection("units").find_one({"_id": row["unit_id"]})
    if unit is None:
        raise NotYet("单位资料尚未送达。", "The unit has not arrived yet.", unit_id=row["unit_id"])
    qualification.decide(
        row["decision"], row["reasons"], row["days"], edition, tx.now, tx.caller.subject, unit["sequence"]
    )
    repository.save(tx, qualification)
    if row["decision"] == "pass":
        tx.collection("assessments").update_many(
            {"edition_id": edition_id, "unit_id": row["unit_id"]},
            {"$set": {"unit_passed": True}, "$inc": {"version": 1}},
        )
    elif row["decision"] == "reject":
        for case in repository.cases_of(tx, edition_id, row["unit_id"]):
            case.reject_unit(qualification.reasons)
            repository.save(tx, case)
    _tell(tx, qualification, unit, row["decision"])
    return qualification, unit


def _tell(tx: Any, qualification: Qualification, unit: dict[str, Any], decision: str) -> None:
    content = decision_content(
        f"qualification_{decision}", tx.caller.subject, tx.now, qualification.reasons,
        unit_id=qualification.unit_id, edition_id=qualification.edition_id,
    )  # fmt: skip
    chain.append(tx, f"qualification:{qualification.id}", "qualification_decision", content)
    data: dict[str, Any] = {
        "unit_id": qualification.unit_id, "edition_id": qualification.edition_id,
        "contact_account": unit["contact_account"], "decided_at": tx.now,
    }  # fmt: skip
    if decision != "pass":
        data["reasons"] = qualification.reasons
    if decision == "return":
        data["due_at"] = qualification.due_at
    tx.emit(EVENTS[decision], qualification.id, qualification.version, data)
