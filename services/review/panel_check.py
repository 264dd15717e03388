"""What must always hold: nobody sits on a case that he must not judge, while it is being judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.words import RoundStatus
from plumbing.service import Findings
from services.review import repository
from services.review.domain.round import Round
from services.review.domain.round_case import IN, RETURNED
from services.review.domain.seat import Seat
from services.review.evidence import AT_ONCE, Finding, say
from services.review.interests import find_conflicts


def panels_are_without_conflict(view: Any) -> Findings:
    """Compare the panels of undecided cases in open rounds with the conflicts known now.

    What arose after a case was decided or its round ended says nothing against those who judged it then.
    """
    findings = Findings()
    for doc in list(view.collection("rounds").find({"status": RoundStatus.OPEN.value}, sort=[("_id", 1)])):
        round_ = repository.from_doc(Round, doc)
        assert round_ is not None
        query = {"round_id": round_.id, "status": {"$in": [IN, RETURNED]}}
        cases = {row["case_id"] for row in view.collection("round_cases").find(query, {"case_id": 1})}
        seats = [seat for seat in repository.seats_of(view, round_id=round_.id) if seat.case_id in cases]
        findings.seen += len(seats)
        for start in range(0, len(seats), AT_ONCE):
            findings += _compare(view, round_, seats[start : start + AT_ONCE])
    return findings


def _compare(view: Any, round_: Round, seats: list[Seat]) -> Iterator[Finding]:
    found = find_conflicts(view, round_, [(seat.case_id, seat.expert_id) for seat in seats])
    for seat in seats:
        if grounds := found.get((seat.case_id, seat.expert_id)):
            said = f"the expert must not judge the case: {', '.join(grounds)}"
            yield say("panels_are_without_conflict", "seats", seat.id, said)
