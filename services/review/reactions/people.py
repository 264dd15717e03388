"""What a change of a unit or an expert makes review do."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from contracts.words import AssignmentStatus, ExpertStatus, RoundStatus
from services.review import repository
from services.review.domain.qualification import Qualification
from services.review.domain.round import Round
from services.review.interests import open_seats, vacate_conflicts
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
            vacate(tx, round_, seat, AssignmentStatus.REVOKED, expert["status"])
            emptied.setdefault(round_.id, []).append(seat.case_id)
    for round_id, case_ids in emptied.items():
        ask_for_experts(tx, round_id, case_ids)


def recuse_expert(tx: Any, event: Event) -> None:
    """Take from an expert the cases that he must not judge as he is now: of a new employer, or its group."""
    vacate_conflicts(tx, open_seats(tx, expert_id=event.data["expert_id"]))


def recuse_over_unit(tx: Any, event: Event) -> None:
    """Take a unit's cases, joint ones included, from experts who must not judge it as it is now."""
    has_stake = [{"unit_id": event.data["unit_id"]}, {"joint_units.uscc": event.data["uscc"]}]
    cases = [row["_id"] for row in tx.collection("cases").find({"$or": has_stake}, {"_id": 1})]
    if cases:
        vacate_conflicts(tx, open_seats(tx, case_id={"$in": cases}))


def recuse_over_case(tx: Any, event: Event) -> None:
    """Take a case from experts who must not judge it as it is now, with its joint units."""
    vacate_conflicts(tx, open_seats(tx, case_id=event.data["case_id"]))
