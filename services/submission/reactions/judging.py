"""What the judging side decided of a case. The entry keeps the newest of each kind: order does not matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.errors import NotYet
from contracts.events import Event
from services.submission import repository
from services.submission.domain.entry import Entry
from services.submission.domain.judged import Formal, Standing


def return_case(tx: Any, event: Event) -> None:
    """Give a case back to its unit, to be corrected before a date."""
    data = event.payload()
    reasons = tuple({"code": reason["code"], "note": reason["note"]} for reason in data["reasons"])
    formal = Formal("returned", event.sequence, data["due_at"], reasons)
    _change(tx, event, lambda entry: entry.learn_formal(formal))


def lock_passed_case(tx: Any, event: Event) -> None:
    """Keep a case that passed the formal review as it is."""
    _change(tx, event, lambda entry: entry.learn_formal(Formal("passed", event.sequence)))


def lock_failed_case(tx: Any, event: Event) -> None:
    """Keep a case that failed the formal review as it is."""
    _change(tx, event, lambda entry: entry.learn_formal(Formal("failed", event.sequence)))


def lock_disqualified_case(tx: Any, event: Event) -> None:
    """Keep a disqualified case as it is."""
    _change(tx, event, lambda entry: entry.learn_standing(Standing(True, event.sequence)))


def unlock_reinstated_case(tx: Any, event: Event) -> None:
    """Let a case stand again where it stood before it was disqualified."""
    _change(tx, event, lambda entry: entry.learn_standing(Standing(False, event.sequence)))


def _change(tx: Any, event: Event, learn: Callable[[Entry], None]) -> None:
    case_id = event.data["case_id"]
    document = tx.collection("cases").find_one({"_id": case_id})
    if document is None:
        raise NotYet("尚无此案例。", "There is no such case here yet.", case_id=case_id)
    entry = repository.entry_of(document)
    before = repository.document_of(entry)
    learn(entry)
    if repository.document_of(entry) != before:
        repository.save_case(tx, entry)
