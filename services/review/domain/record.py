"""What is written on the tamper-evident record. Experts stand there under pseudonyms, numbers as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.review.domain.closing import Placed
from services.review.domain.pseudonym import pseudonym_of
from services.review.domain.round_case import RoundCase
from services.review.domain.seat import Seat

Content = dict[str, Any]
CASE_FIELDS = (
    "unit_id", "track", "number", "need", "assigned", "sheets", "spread", "gap", "ruled", "decision",
    "status_before",
)  # fmt: skip
SEAT_FIELDS = ("track", "status", "active", "revision", "sheet_id", "ground", "dropped")


def case_chain(case_id: str) -> str:
    """Return the name of a case's record."""
    return f"case:{case_id}"


def round_chain(round_id: str) -> str:
    """Return the name of a round's own record."""
    return f"round:{round_id}"


def sheet_content(
    round_id: str, case_id: str, sheet_id: str, assignment_id: str, pseudonym: str, number: int,
    case_revision: int, values: Mapping[str, Decimal], total: Decimal, decision: str | None, comment: str,
    at: datetime,
) -> Content:  # fmt: skip
    """Return a score sheet as recorded."""
    return {
        "round_id": round_id, "case_id": case_id, "sheet_id": sheet_id, "assignment_id": assignment_id,
        "expert": pseudonym, "number": number, "case_revision": case_revision,
        "values": {name: str(value) for name, value in values.items()},
        "total": str(total), "decision": decision, "comment": comment, "at": at.isoformat(),
    }  # fmt: skip


def result_content(round_id: str, result_id: str, method: str, line: Placed) -> Content:
    """Return one line of a result as recorded."""
    return {
        "round_id": round_id, "result_id": result_id, "method": method, "case_id": line.case_id,
        "score": str(line.score), "rank": line.rank, "tied": line.tied, "outcome": line.outcome,
        "sheets": line.sheets, "dropped": sorted(line.dropped),
    }  # fmt: skip


def standing_content(salt: str, case: RoundCase, seats: Sequence[Seat]) -> Content:
    """Return how a case and its panel stand when the round is over for it; nobody is named.

    What is stored of them is compared with this for as long as it is kept.
    """
    return {
        "case": {name: getattr(case, name) for name in CASE_FIELDS},
        "panel": [
            {
                "seat": seat.id, "expert": pseudonym_of(salt, seat.expert_id),
                "account": pseudonym_of(salt, seat.account_id), "assigned_at": seat.assigned_at.isoformat(),
                **{name: getattr(seat, name) for name in SEAT_FIELDS},
            }
            for seat in sorted(seats, key=lambda seat: seat.id)
        ],
    }  # fmt: skip


def set_aside_content(round_id: str, case_id: str, sheets: Sequence[str], why: str, at: datetime) -> Content:
    """Return what is recorded when sheets that were handed in count no more."""
    return {
        "round_id": round_id, "case_id": case_id, "sheets": sorted(sheets), "why": why, "at": at.isoformat(),
    }  # fmt: skip


def decision_content(
    what: str, actor: str, at: datetime, reasons: Sequence[Mapping[str, str]] = (), **more: Any
) -> Content:
    """Return a decision (of a person, or of a panel's agreement) as recorded."""
    return {"what": what, "actor": actor, "at": at.isoformat(), "reasons": [dict(r) for r in reasons], **more}
