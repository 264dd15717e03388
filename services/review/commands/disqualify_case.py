"""Knock-outs: proposed with reasons by one person, confirmed by another; and their named reverse."""

from __future__ import annotations

from typing import Any

from contracts.events import review as events
from plumbing.store import chain
from services.review import repository
from services.review.domain.assessment import Assessment
from services.review.domain.reasons import check_reasons
from services.review.domain.record import case_chain, decision_content
from services.review.interests import open_seats, vacate_conflicts
from services.review.panels import drop_case, restore_case
from services.review.shapes import show_assessment
from services.review.verdicts import reference


def disqualify_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Propose to knock a case out."""
    case = repository.get(tx, Assessment, args["case_id"])
    edition = repository.current_edition(tx, case.edition_id)
    reasons = check_reasons(edition, "disqualify", args["reasons"])
    case.propose_disqualification(reasons, tx.caller.subject, tx.now)
    return _finish(tx, case, "disqualification_proposed", args["reason"], args["reasons"])


def confirm_disqualification(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Knock the case out; its round goes on without it."""
    case = repository.get(tx, Assessment, args["case_id"])
    reasons = case.confirm_disqualification(tx.caller.subject, tx.now)
    drop_case(tx, case)
    shown = _finish(tx, case, "disqualified", args["reason"], reasons)
    tx.emit(events.CaseDisqualified, case.id, case.version, {**reference(case), "reasons": reasons})
    return shown


def drop_disqualification(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take a proposal off the table."""
    case = repository.get(tx, Assessment, args["case_id"])
    case.drop_disqualification()
    return _finish(tx, case, "disqualification_dropped", args["reason"])


def reinstate_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Undo a disqualification: back into its round where that is open, else to where it can go on."""
    case = repository.get(tx, Assessment, args["case_id"])
    case.reinstate(round_open=restore_case(tx, case))
    shown = _finish(tx, case, "reinstated", args["reason"])
    tx.emit(events.CaseReinstated, case.id, case.version, {**reference(case), "reason": args["reason"]})
    # its panel came back with it, whatever became known of the experts in the meantime
    vacate_conflicts(tx, open_seats(tx, case_id=case.id))
    return shown


def _finish(tx: Any, case: Assessment, what: str, reason: str, reasons: Any = ()) -> dict[str, Any]:
    repository.save(tx, case)
    content = decision_content(what, tx.caller.subject, tx.now, reasons, case_id=case.id, reason=reason)
    chain.append(tx, case_chain(case.id), "decision", content)
    return show_assessment(repository.to_doc(case))
