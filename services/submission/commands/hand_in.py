"""Hand a case in, for the first time or after a return. Whether it was in time is decided here, once."""

from __future__ import annotations

from typing import Any

from contracts.edition import Edition
from contracts.errors import Conflict, InvalidInput, NotAllowed
from contracts.events import EventType
from contracts.events.submission import CaseRevised, CaseSubmitted
from contracts.fields import format_moment
from contracts.words import EntryStatus
from services.submission import repository
from services.submission.access import active_unit, load_own_case
from services.submission.domain.checklist import missing_items
from services.submission.domain.content import check_content, questions_of
from services.submission.domain.entry import Entry
from services.submission.domain.numbering import case_number
from services.submission.domain.receipt import make_receipt
from services.submission.domain.window import require_open
from services.submission.views import case_data

HANDED_IN = [EntryStatus.SUBMITTED.value, EntryStatus.RETURNED.value, EntryStatus.LOCKED.value]


def submit_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take a complete draft while the collection window is open; answer with its receipt."""
    entry, edition, unit = _load(tx, args)
    entry.require(EntryStatus.DRAFT)
    require_open(edition, tx.now)
    _require_complete(entry, edition, unit, args)
    if unit["kind"] not in edition.unit_kinds:
        raise NotAllowed(
            "该类单位不能参加本届大赛。", "Units of this kind may not enter this edition.", kind=unit["kind"]
        )
    _require_room(tx, edition, entry.unit_id)
    track = edition.track(entry.content.track or "")
    assert track is not None  # the checklist has just said so
    number = case_number(edition, track, repository.next_number(tx, edition.id, track.id))
    entry.submit(number, edition.version, tx.now)
    return _finish(tx, entry, edition, unit, CaseSubmitted)


def revise_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take a corrected case before its due time; what was handed in before stays on record."""
    entry, edition, unit = _load(tx, args)
    entry.require(EntryStatus.RETURNED)
    entry.require_editable(edition, tx.now)
    _require_complete(entry, edition, unit, args)
    entry.revise(edition, tx.now)
    return _finish(tx, entry, edition, unit, CaseRevised)


def _load(tx: Any, args: dict[str, Any]) -> tuple[Entry, Edition, dict[str, Any]]:
    entry = load_own_case(tx, args["case_id"])
    return entry, repository.load_edition(tx, entry.edition_id), active_unit(tx, entry.unit_id)


def _require_complete(entry: Entry, edition: Edition, unit: dict[str, Any], args: dict[str, Any]) -> None:
    if args["draft_version"] is not None:
        entry.require_draft_version(args["draft_version"])
    check_content(entry.content, edition, unit["uscc"])
    missing = missing_items(entry, edition)
    if missing:
        raise InvalidInput(missing)


def _require_room(tx: Any, edition: Edition, unit_id: str) -> None:
    mine = {"edition_id": edition.id, "unit_id": unit_id, "status": {"$in": HANDED_IN}}
    if tx.collection("cases").count_documents(mine) >= edition.max_cases_per_unit:
        raise Conflict(
            f"每个单位至多提交{edition.max_cases_per_unit}个案例。",
            f"A unit may hand in at most {edition.max_cases_per_unit} cases.",
            most=edition.max_cases_per_unit,
        )
    repository.hold_unit(tx, edition.id, unit_id)


def _finish(tx: Any, entry: Entry, edition: Edition, unit: dict[str, Any], kind: EventType) -> dict[str, Any]:
    receipt = make_receipt(entry, format_moment(tx.now))
    repository.save_case(tx, entry)
    repository.add_version(tx, entry, receipt, tx.caller.subject)
    known = {question.id for question in questions_of(edition, entry.content.track)}
    tx.emit(kind, entry.id, entry.version, case_data(entry, unit["contact_account"], known, tx.now))
    return receipt
