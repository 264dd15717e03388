"""Announcements by the secretariat."""

from __future__ import annotations

from typing import Any

from contracts.events.notify import AnnouncementPublished
from plumbing.store.ids import new_id
from services.notify import repository


def publish_announcement(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Publish an announcement of a known edition."""
    repository.need_edition(tx, args["edition_id"])
    return repository.publish(
        tx, AnnouncementPublished, new_id("announcement"), args["edition_id"], args["title"], args["body"]
    )
