"""How often handling an event was begun, written outside its transaction: a crash must leave a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from contracts.errors import Unavailable
from plumbing.service import Index
from plumbing.store.mongo import Store

INDEXES = (Index("attempts", (("at", 1),)),)


class Attempts:
    """Rows of redelivered messages only; an ordinary one costs nothing.

    Both methods raise Unavailable where the database does not take it, and the driver's own errors for an id
    that no document can hold.
    """

    def __init__(self, store: Store) -> None:
        self._rows = store.collection("attempts")

    def begin(self, event_id: str) -> int:
        """Note that handling begins and return how often it has begun, this time included."""
        with _refusing():
            row = self._rows.find_one_and_update(
                {"_id": event_id},
                {"$inc": {"count": 1}, "$set": {"at": datetime.now(UTC)}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return int(row["count"])

    def finish(self, event_id: str) -> None:
        """Forget it: handling ended, well or badly, and the process lives."""
        with _refusing():
            self._rows.delete_one({"_id": event_id})


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise Unavailable(
            "数据库暂时没有响应。", f"The database does not answer now ({type(error).__name__})."
        ) from error
