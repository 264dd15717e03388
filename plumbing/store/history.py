"""What was told, kept: sent again when somebody lost it, removed when its time is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plumbing.store.mongo import Document, Store


@dataclass(frozen=True)
class Retention:
    """For how long rows are kept. Inbox rows outlive what could be sent again; answers need not live long."""

    outbox: timedelta = timedelta(days=550)
    inbox: timedelta = timedelta(days=730)
    commands: timedelta = timedelta(days=180)
    attempts: timedelta = timedelta(days=7)


def told(
    store: Store,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    types: Sequence[str] = (),
    ids: Sequence[str] = (),
    after: str = "",
) -> Iterator[Document]:
    """Yield the published rows of a time, in the order of their making, to be sent again with the same ids.

    ``types`` are full type names or the short names of events; ``after`` is the id of the last row already sent.
    """
    yield from store.collection("outbox").find(_which(since, until, types, ids, after), sort=[("_id", 1)])


def rearm(
    store: Store,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    types: Sequence[str] = (),
    dry_run: bool = False,
) -> int:
    """Let the relay publish rows of a time once more, to everybody; return how many. Consumers' inboxes sort it out."""
    which = _which(since, until, types, (), "")
    rows = store.collection("outbox")
    if dry_run:
        return rows.count_documents(which)
    return rows.update_many(which, {"$set": {"published": None}}).modified_count


def _which(
    since: datetime | None, until: datetime | None, types: Sequence[str], ids: Sequence[str], after: str
) -> Document:
    which: Document = {"published": {"$ne": None}}
    if since or until:
        which["created"] = ({"$gte": since} if since else {}) | ({"$lt": until} if until else {})
    if types:
        short = [name for name in types if "." not in name]
        which["$or"] = [{"type": {"$in": list(types)}}, {"routing_key": {"$in": short}}]
    if ids or after:
        which["_id"] = ({"$in": list(ids)} if ids else {}) | ({"$gt": after} if after else {})
    return which


def sweep_history(context: Any) -> int:
    """Remove the rows whose time is over, a portion each of them; return how many went."""
    retention: Retention = context.parts.retention
    now = datetime.now(UTC)
    business = context.now
    gone = 0
    for name, field, before in (
        ("outbox", "published", now - retention.outbox),
        ("inbox", "at", now - retention.inbox),
        ("attempts", "at", now - retention.attempts),
        ("commands", "at", business - retention.commands),
    ):
        rows = context.collection(name)
        # in portions, so that a long sweep holds nobody up
        ids = [row["_id"] for row in rows.find({field: {"$lt": before}}, {"_id": 1}, limit=1000)]
        if ids:
            gone += rows.delete_many({"_id": {"$in": ids}, field: {"$lt": before}}).deleted_count
    return gone
