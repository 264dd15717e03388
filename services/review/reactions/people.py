"""What a change of a unit or an expert makes review do."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from contracts.words import AssignmentStatus, ExpertStatus, RoundStatus
from services.review import repository
from services.review.domain.qualification import Qualification
from services.review.domain.round import Round
from services.review.panels import ask_for_experts, vacate

GONE = (ExpertStatus.SUSPENDED.value, ExpertStatus.DECLINED.value)
OPEN_SEATS = (AssignmentStatus.ASSIGNED.value, AssignmentStatus.ACCEPTED.value)


def resubmit_qualification(tx: Any, event: Event) -> None:
    """Put a returned unit before the secretariat again once it changed its particulars."""
    query = {"unit_id": event.data["unit_id"], "status": "returned"}
    for doc in list(tx.collection("qualifications").find(query)):
        qualification = repository.from_doc(Qualification, doc)
        if qualification is not None and qualification.take_correction(event.sequence):
            repository.save(tx, qualification)


def revoke_assignments(tx: Any, event: Event) -> None:
    """Take the unscored cases of open rounds from an expert who is gone, and find others.

    The copy decides, not the event: he may have been taken back since.
    """
    expert = tx.collection("experts").find_one({"_id": event.data["expert_id"]}, {"status": 1})
    if expert is None or expert["status"] not in GONE:
        return
    emptied: dict[str, list[str]] = {}
    seats = repository.seats_of(tx, expert_id=event.data["expert_id"])
    for seat in seats:
        if seat.status not in OPEN_SEATS:
            continue
        round_ = repository.get(tx, Round, seat.round_id)
        if round_.status == RoundStatus.OPEN:
            _, stage = repository.rules_of(tx, round_)
            vacate(tx, seat, AssignmentStatus.REVOKED, expert["status"], stage)
            emptied.setdefault(round_.id, []).append(seat.case_id)
    for round_id, case_ids in emptied.items():
        ask_for_experts(tx, round_id, case_ids)
