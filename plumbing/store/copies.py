"""Copies of what other services own, kept from events that carry the full state of their subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.events import Event


def copy_state(tx: Any, collection: str, event: Event, document: Mapping[str, Any]) -> bool:
    """Keep ``document`` under the event's subject if it is newer than what is kept; say whether it was.

    The document gets ``_id`` and ``sequence``; one collection holds one kind of subject, and nothing else.
    """
    copy = {**document, "_id": event.subject, "sequence": event.sequence}
    # one round trip: the server itself compares, and keeps the whole document or none of it
    newer = {"$lt": [{"$ifNull": ["$sequence", -1]}, event.sequence]}
    done = tx.collection(collection).update_one(
        {"_id": event.subject},
        [{"$replaceWith": {"$cond": [newer, {"$literal": copy}, "$$ROOT"]}}],
        upsert=True,
    )
    return bool(done.modified_count or done.upserted_id)
