"""Withdraw a case."""

from __future__ import annotations

from typing import Any

from contracts.events.submission import CaseWithdrawn
from contracts.words import Role
from services.submission import repository
from services.submission.access import load_own_case
from services.submission.views import case_view


def withdraw_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take a case back for good; others hear of it only if they had heard of the case."""
    by_staff = tx.caller.has(Role.SECRETARIAT)
    entry = (repository.load_case if by_staff else load_own_case)(tx, args["case_id"])
    entry.withdraw(args["reason"], tx.now, by_staff=by_staff)
    repository.save_case(tx, entry)
    if entry.revision:
        tx.emit(CaseWithdrawn, entry.id, entry.version, {
            "case_id": entry.id, "edition_id": entry.edition_id, "unit_id": entry.unit_id,
            "reason": args["reason"],
        })  # fmt: skip
    return case_view(entry)
