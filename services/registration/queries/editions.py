"""Editions and the time."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound
from plumbing.store.paging import page
from services.registration import repository
from services.registration.realtime import offset_from

Json = dict[str, Any]


def get_edition(view: Any, args: Json) -> Json:
    """Return the rules of an edition as they stand."""
    row = repository.find_edition_row(view, args["edition_id"])
    if row is None:
        raise NotFound("没有这一届大赛。", "There is no such edition.")
    return {
        "edition_id": row["_id"], "version": row["version"], "published_at": row["published_at"],
        "edition": row["edition"],
    }  # fmt: skip


def list_editions(view: Any, args: Json) -> Json:
    """Return the published editions."""
    columns = {"code": 1, "version": 1, "published_at": 1, "edition.name": 1}
    return page(view.collection("editions"), {}, args, _row, projection=columns)


def business_time(view: Any, args: Json) -> Json:
    """Return the time by which the platform decides."""
    allowed = view.parts.settings.clock_offset_allowed
    return {"now": view.now, "offset_seconds": offset_from(view.now) if allowed else 0.0}


def _row(row: Json) -> Json:
    return {
        "edition_id": row["_id"], "code": row["code"], "name": row["edition"]["name"],
        "version": row["version"], "published_at": row["published_at"],
    }  # fmt: skip
