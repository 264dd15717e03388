"""Events that were decided and wait to be published; the relay of the service takes and marks them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pymongo.client_session import ClientSession

from contracts.events import Event, event_from_cloudevent
from plumbing.service import Index
from plumbing.store.ids import new_id
from plumbing.store.leases import Lease, LeaseLost
from plumbing.store.mongo import Document, Store
from plumbing.store.plain import from_text, to_text
from plumbing.store.transactions import Sessions, run_transaction

INDEXES = (
    Index("outbox", (("created", 1), ("_id", 1)), partial={"published": None}),
    Index("outbox", (("published", 1), ("_id", 1))),
    Index("outbox", (("type", 1), ("created", 1))),
    Index("outbox", (("subject", 1), ("sequence", 1))),
    Index("told", (("at", 1),)),
)


def row_of(event: Event) -> Document:
    """Return the row of an event; its body is the very text that will travel."""
    kind = event.kind
    return {
        "_id": event.id,
        "subject": event.subject,
        "sequence": event.sequence,
        "type": kind.type,
        "routing_key": kind.routing_key,
        "exchange": kind.exchange,
        "body": to_text(event.to_cloudevent()),
        # real time: how long a row waits is nobody's business time
        "created": datetime.now(UTC),
        "published": None,
    }


def told_row(by: str, events: Sequence[Event]) -> Document:
    """Return what is kept of a loop's or a job step's events, so that a lost outbox row is missed.

    Commands and reactions keep it in rows that they have anyway.
    """
    ids = [event.id for event in events]
    return {"_id": new_id("told"), "by": by, "events": ids, "at": datetime.now(UTC)}


def event_of(row: Document) -> Event:
    """Return the event that a row holds."""
    return event_from_cloudevent(from_text(row["body"]))


class Outbox:
    """The store's side of the relay."""

    def __init__(self, store: Store, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions
        self._rows = store.collection("outbox")

    def take(self, limit: int = 500) -> list[Document]:
        """Return at most ``limit`` unpublished rows, the oldest ones, each subject's by its sequence."""
        cursor = self._rows.find({"published": None}, sort=[("created", 1), ("_id", 1)], limit=limit)
        rows = list(cursor)
        rows.sort(key=lambda row: (row["subject"], row["sequence"], row["_id"]))
        return rows

    def mark(self, ids: Sequence[str], lease: Lease) -> int:
        """Mark rows as published and return how many were not so before.

        Raises LeaseLost, with nothing marked, when another relay has taken over.
        """
        if not ids:
            return 0

        def body(session: ClientSession) -> int:
            # a write, not a read: it meets a take-over instead of passing beside it
            held = self._store.collection("leases").update_one(
                {"_id": lease.name, "token": lease.token}, {"$inc": {"marks": 1}}, session=session
            )
            if not held.matched_count:
                raise LeaseLost(lease.name)
            done = self._rows.update_many(
                {"_id": {"$in": list(ids)}, "published": None},
                [{"$set": {"published": "$$NOW"}}],
                session=session,
            )
            return done.modified_count

        return run_transaction(self._sessions, body)

    def depth(self) -> int:
        """Return how many rows wait."""
        return self._rows.count_documents({"published": None})

    def oldest_age(self) -> float:
        """Return for how many seconds the oldest waiting row has waited; 0 when none waits."""
        oldest = self._rows.find_one({"published": None}, {"created": 1}, sort=[("created", 1), ("_id", 1)])
        if oldest is None:
            return 0.0
        return max(0.0, (datetime.now(UTC) - oldest["created"]).total_seconds())
