"""What follows from the formal review's decision on a case."""

from __future__ import annotations

from typing import Any

from contracts.edition import Edition, Stage
from contracts.events import EventType
from contracts.events import review as events
from contracts.words import FormalDecision, StageKind
from plumbing.store import chain
from services.review import repository
from services.review.domain.assessment import Assessment
from services.review.domain.formal import agree, reasons_of
from services.review.domain.reasons import Reasons
from services.review.domain.record import case_chain, decision_content
from services.review.domain.round import Round
from services.review.domain.round_case import IN, RoundCase


def reference(case: Assessment) -> dict[str, Any]:
    """Return what every event about a case says of it."""
    return {
        "case_id": case.id, "edition_id": case.edition_id, "unit_id": case.unit_id, "track": case.track,
        "contact_account": case.contact_account,
    }  # fmt: skip


def conclude_formal(
    tx: Any, round_: Round, case: RoundCase, decision: str, reasons: Reasons, edition: Edition, stage: Stage,
    actor: str,
) -> None:  # fmt: skip
    """Pass, return or fail a case; the caller has brought ``case`` up to date, here it is saved.

    The date of a return counts from now, by the stage's own number of days.
    """
    assessment = repository.get(tx, Assessment, case.case_id)
    assessment.conclude_formal(decision, reasons, edition, stage, tx.now)
    repository.save(tx, assessment)
    content = decision_content(
        f"formal_{decision}", actor, tx.now, reasons, round_id=round_.id, case_id=case.case_id,
        case_revision=assessment.revision,
    )  # fmt: skip
    place = chain.append(tx, case_chain(case.case_id), "formal_decision", content)
    case.decide(decision, returned=decision == FormalDecision.RETURN)
    case.record_hash = place["hash"]
    repository.save(tx, case)
    data = reference(assessment)
    kind: EventType = events.FormalReviewPassed
    if decision == FormalDecision.RETURN:
        kind, data = events.CaseReturned, {**data, "reasons": reasons, "due_at": assessment.due_at}
    elif decision == FormalDecision.FAIL:
        kind, data = events.FormalReviewFailed, {**data, "reasons": reasons}
    tx.emit(kind, assessment.id, assessment.version, data)


def conclude_if_agreed(tx: Any, round_: Round, case: RoundCase, edition: Edition, stage: Stage) -> bool:
    """Decide a formal case whose current sheets agree, and save it; say whether they did."""
    if stage.kind != StageKind.FORMAL or case.status != IN:
        return False
    sheets = [repository.checklist(doc) for doc in repository.current_sheets(tx, round_.id, case.case_id)]
    decision = agree(sheets, stage.panel, stage.method.most_extra).decision
    if decision is None:
        return False
    reasons = [] if decision == FormalDecision.PASS else reasons_of(edition, stage, sheets, decision)
    conclude_formal(tx, round_, case, decision, reasons, edition, stage, "panel")
    return True
