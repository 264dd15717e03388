"""How often handling an event was begun, written outside its transaction: a crash must leave a trace."""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo import ReturnDocument

from plumbing.service import Index
from plumbing.store.mongo import Store

INDEXES = (Index("attempts", (("at", 1),)),)


class Attempts:
    """Rows of redelivered messages only; an ordinary one costs nothing."""

    def __init__(self, store: Store) -> None:
        self._rows = store.collection("attempts")

    def begin(self, event_id: str) -> int:
        """Note that handling begins and return how often it has begun, this time included."""
        row = self._rows.find_one_and_update(
            {"_id": event_id},
            {"$inc": {"count": 1}, "$set": {"at": datetime.now(UTC)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(row["count"])

    def finish(self, event_id: str) -> None:
        """Forget it: handling ended, well or badly, and the process lives."""
        self._rows.delete_one({"_id": event_id})
