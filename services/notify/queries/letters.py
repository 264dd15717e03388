"""Letters as staff see them: no addresses, no one-time links."""

from __future__ import annotations

from typing import Any

from plumbing.store.paging import page
from services.notify import repository
from services.notify.domain.letter import Letter, letter_from_document
from services.notify.layout import show_in_site
from services.notify.mailing import message_id

FILTERS = ("status", "template", "account_id", "case_id", "cause_id")


def list_letters(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """List letters, the newest first."""
    query = {name: args[name] for name in FILTERS if args.get(name)}
    return page(view.collection("letters"), query, args, _row_of_document, order=(("_id", -1),))


def get_letter(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Show one letter with everything that happened to it."""
    letter = repository.get_letter(view, args["letter_id"])
    settings = view.parts.settings
    steps = [{"at": s.at, "status": str(s.status), "actor": s.actor, "note": s.note} for s in letter.steps]
    return {
        **_row(letter),
        "message_id": message_id(letter.id, settings.mail_from),
        "correlation_id": letter.correlation_id,
        "body": show_in_site(letter.body, settings.site_url),
        "steps": steps,
    }


def letter_counts(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Count letters by status and by kind."""
    chosen: dict[str, Any] = {"edition_id": args["edition_id"]} if args.get("edition_id") else {}
    if due := args.get("due"):
        chosen |= {"_id": {"$lt": repository.first_id(due)}, "not_before": {"$lte": due}}
    letters = view.collection("letters")
    statuses = _count(letters, chosen, "$status")
    waiting = letters.find_one({**chosen, "status": "queued"}, {"created_at": 1}, sort=[("_id", 1)])
    return {
        "statuses": statuses,
        "templates": _count(letters, chosen, "$template"),
        "total": sum(statuses.values()),
        "oldest_waiting": waiting["created_at"] if waiting else None,
    }


def _count(letters: Any, chosen: dict[str, Any], by: str) -> dict[str, int]:
    rows = letters.aggregate(
        [{"$match": chosen}, {"$group": {"_id": by, "count": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
    )
    return {row["_id"]: row["count"] for row in rows}


def _row_of_document(document: dict[str, Any]) -> dict[str, Any]:
    return _row(letter_from_document(document))


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "letter_id": letter.id, "template": letter.template, "account_id": letter.account_id,
        "case_id": letter.case_id, "status": str(letter.status), "attempts": letter.attempts,
        "subject": letter.subject, "problem": letter.problem, "sent_to": letter.sent_to,
        "created_at": letter.created_at, "settled_at": letter.settled_at, "cause_id": letter.cause_id,
        "cause_type": letter.cause_type,
    }  # fmt: skip
