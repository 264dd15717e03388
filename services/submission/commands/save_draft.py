"""Begin a draft or save one."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict, InvalidInput
from contracts.words import EntryStatus
from plumbing.store.ids import new_id
from services.submission import repository
from services.submission.access import active_unit, load_own_case, own_unit
from services.submission.domain.content import Content, check_content
from services.submission.domain.entry import Entry
from services.submission.domain.window import require_not_over
from services.submission.views import case_view

MOST_DRAFTS = 50
"""Drafts a unit may keep in an edition; how many it may hand in is the edition's own limit."""


def save_draft(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Save what is given and leave the rest; without a case id begin a new draft."""
    edition = repository.load_edition(tx, args["edition_id"])
    unit = active_unit(tx, own_unit(tx.caller))
    if args["case_id"] is None:
        require_not_over(edition, tx.now)
        content = Content().merged(args)
        check_content(content, edition, unit["uscc"])
        entry = _begin(tx, args["edition_id"], unit["_id"])
        entry.content = content
    else:
        entry = load_own_case(tx, args["case_id"])
        if entry.edition_id != args["edition_id"]:
            raise InvalidInput.of(
                "edition_id", "reference", "案例属于另一届", "The case is of another edition."
            )
        content = entry.content.merged(args)
        check_content(content, edition, unit["uscc"])
        entry.save(content, draft_version=args["draft_version"], edition=edition, now=tx.now)
    repository.save_case(tx, entry)
    return case_view(entry)


def _begin(tx: Any, edition_id: str, unit_id: str) -> Entry:
    mine = {"edition_id": edition_id, "unit_id": unit_id, "status": EntryStatus.DRAFT.value}
    if tx.collection("cases").count_documents(mine) >= MOST_DRAFTS:
        raise Conflict(
            f"草稿至多{MOST_DRAFTS}份，请先撤回不用的草稿。",
            f"At most {MOST_DRAFTS} drafts: withdraw those you do not need.",
            most=MOST_DRAFTS,
        )
    repository.hold_unit(tx, edition_id, unit_id)
    return Entry(new_id("case"), edition_id, unit_id, created_at=tx.now, updated_at=tx.now)
