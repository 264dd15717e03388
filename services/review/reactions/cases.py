"""What a case's coming, changing and leaving makes review do."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict, NotFound, NotYet
from contracts.events import Event
from contracts.words import QualificationStatus, RoundStatus
from plumbing.store import chain
from services.review import repository
from services.review.domain.assessment import Assessment
from services.review.domain.qualification import Qualification, qualification_id
from services.review.domain.record import case_chain, decision_content
from services.review.domain.round import Round
from services.review.panels import drop_case, judge_again


def take_in_case(tx: Any, event: Event) -> None:
    """Begin a case's assessment, or take its new revision; events may come in any order."""
    data = event.data
    case = repository.find(tx, Assessment, data["case_id"])
    if case is None:
        _begin(tx, data)
        return
    round_ = repository.find(tx, Round, case.round_id) if case.round_id else None
    before = case.revision
    again = case.take_revision(
        data["revision"], data["title"], round_ is not None and round_.status != RoundStatus.CLOSED
    )
    if case.revision == before:
        return
    case.track, case.contact_account = data["track"], data["contact_account"]
    repository.save(tx, case)
    if again:
        judge_again(tx, case)


def _begin(tx: Any, data: dict[str, Any]) -> None:
    try:
        edition = repository.current_edition(tx, data["edition_id"])
    except NotFound as error:
        raise NotYet("大赛规则尚未送达。", "The edition's rules have not arrived yet.") from error
    qualification = _count_case(tx, data)
    case = Assessment(
        data["case_id"], data["edition_id"], data["unit_id"], data["track"], data["contact_account"],
        data["number"], data["title"], data["revision"], edition.stages[0].id,
        unit_passed=qualification.status == QualificationStatus.PASSED,
    )  # fmt: skip
    if qualification.status == QualificationStatus.REJECTED:
        case.reject_unit(qualification.reasons)
    repository.save(tx, case)


def _count_case(tx: Any, data: dict[str, Any]) -> Qualification:
    key = qualification_id(data["edition_id"], data["unit_id"])
    qualification = repository.find(tx, Qualification, key)
    if qualification is None:
        qualification = Qualification(key, data["edition_id"], data["unit_id"], tx.now)
    qualification.cases += 1
    repository.save(tx, qualification)
    return qualification


def withdraw_case(tx: Any, event: Event) -> None:
    """Take a withdrawn case out of the contest and of its round."""
    case = repository.find(tx, Assessment, event.data["case_id"])
    if case is None:
        raise NotYet("案例尚未送达。", "The case has not arrived yet.", case_id=event.data["case_id"])
    try:
        drop_case(tx, case)
    except Conflict as error:
        raise NotYet(error.zh, error.en, **error.facts) from error
    if case.withdraw():
        repository.save(tx, case)
        content = decision_content("withdrawn", "unit", tx.now, case_id=case.id)
        chain.append(tx, case_chain(case.id), "decision", content)
