"""In-site messages and announcements."""

from __future__ import annotations

from typing import Any

from plumbing.store.paging import page
from services.notify.layout import show_in_site


def my_messages(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's own messages, the newest first."""
    query: dict[str, Any] = {"account_id": view.caller.subject}
    if args.get("unread"):
        query["read_at"] = None
    site = view.parts.settings.site_url

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        shown = {name: row[name] for name in ("template", "case_id", "subject", "written_at", "read_at")}
        return {"message_id": row["_id"], **shown, "body": show_in_site(row["body"], site)}

    return page(view.collection("messages"), query, args, shape, order=(("_id", -1),))


def list_announcements(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """List announcements, the newest first."""
    query = {"edition_id": args["edition_id"]} if args.get("edition_id") else {}
    names = ("edition_id", "title", "body", "published_at")

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        return {"announcement_id": row["_id"], **{name: row[name] for name in names}}

    return page(view.collection("announcements"), query, args, shape, order=(("_id", -1),))
