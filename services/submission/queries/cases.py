"""Cases as they stand, what they miss, their revisions and receipts."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound
from plumbing.store.paging import page
from services.submission import repository
from services.submission.access import SEES_ALL, load_visible_case, own_unit
from services.submission.domain.checklist import missing_items
from services.submission.domain.window import COLLECTION, is_open
from services.submission.views import case_row, case_view, version_row

ROW = (
    "number", "edition_id", "unit_id", "status", "content.track", "content.title", "revision", "submitted_at",
    "due_at",
)  # fmt: skip


def get_case(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Show one case."""
    return case_view(load_visible_case(view, args["case_id"]))


def list_cases(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """List cases by the given filters; an entrant sees those of his unit whatever he asks for."""
    names = {"edition_id": "edition_id", "status": "status", "unit_id": "unit_id", "number": "number",
             "track": "content.track"}  # fmt: skip
    query = {path: args[name] for name, path in names.items() if args[name] is not None}
    if args["number"] is not None:
        query["number"] = {"$eq": args["number"], **repository.WORDS}
    if not view.caller.has(*SEES_ALL):
        query = {"$and": [query, {"unit_id": own_unit(view.caller)}]}
    return page(view.collection("cases"), query, args, case_row, projection=dict.fromkeys(ROW, 1))


def show_checklist(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Say what keeps a case from being handed in, and when collection is open."""
    entry = load_visible_case(view, args["case_id"])
    edition = repository.load_edition(view, entry.edition_id)
    missing = missing_items(entry, edition)
    window = edition.window(COLLECTION)
    return {
        "complete": not missing,
        "missing": [item.to_dict() for item in missing],
        "opens_at": window.opens_at,
        "closes_at": window.closes_at,
        "open_now": is_open(window, view.now),
    }


def get_receipt(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Show the receipt of a revision."""
    entry = load_visible_case(view, args["case_id"])
    revision = args["revision"] or entry.revision
    found = view.collection("case_versions").find_one(
        {"case_id": entry.id, "revision": revision}, {"receipt": 1}
    )
    if found is None:
        raise NotFound("没有这份回执。", "There is no such receipt.", case_id=entry.id, revision=revision)
    receipt: dict[str, Any] = found["receipt"]
    return receipt


def list_versions(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """List the revisions of a case as they were handed in."""
    entry = load_visible_case(view, args["case_id"])
    return page(
        view.collection("case_versions"), {"case_id": entry.id}, args, version_row, order=(("revision", 1),)
    )
