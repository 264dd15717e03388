"""What a command, a reaction or a job's step gets: bound collections, events, audit, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.events import Event, EventType
from plumbing.identity.caller import Caller
from plumbing.store import audit, jobs, outbox
from plumbing.store.bound import Bound
from plumbing.store.ids import new_id
from plumbing.store.mongo import Document, Store
from plumbing.store.plain import to_plain


class Work:
    """The writes of one database transaction, which several reactions may share.

    Outbox, audit and job rows are gathered and written together at the end: one round trip a collection.
    """

    __slots__ = ("_bound", "audit_rows", "job_rows", "outbox_rows", "session", "store")

    def __init__(self, store: Store, session: Any) -> None:
        self.store = store
        self.session = session
        self._bound: dict[str, Bound] = {}
        self.outbox_rows: list[Document] = []
        self.audit_rows: list[Document] = []
        self.job_rows: list[Document] = []

    def collection(self, name: str) -> Bound:
        """Return a collection bound to this transaction."""
        bound = self._bound.get(name)
        if bound is None:
            bound = self._bound[name] = Bound(self.store.collection(name), self.session)
        return bound

    @property
    def changed(self) -> bool:
        """Say whether anything was written or told so far."""
        return bool(self.outbox_rows or self.job_rows) or any(bound.writes for bound in self._bound.values())

    @property
    def written(self) -> int:
        """How much was written or told so far; who finds it unchanged has written nothing."""
        gathered = len(self.outbox_rows) + len(self.audit_rows) + len(self.job_rows)
        return gathered + sum(bound.writes for bound in self._bound.values())

    def flush(self) -> None:
        """Write the gathered rows."""
        for name, rows in (("outbox", self.outbox_rows), ("audit", self.audit_rows), ("jobs", self.job_rows)):
            if len(rows) == 1:
                self.store.collection(name).insert_one(rows[0], session=self.session)
            elif rows:
                self.store.collection(name).insert_many(rows, session=self.session)


class Tx:
    """See plumbing.service.Transaction."""

    __slots__ = (
        "caller",
        "causation_id",
        "collection",
        "correlation_id",
        "emitted",
        "now",
        "service",
        "work",
    )

    def __init__(
        self, work: Work, service: str, caller: Caller, now: datetime, correlation_id: str, causation_id: str
    ) -> None:
        self.work = work
        self.collection = work.collection
        self.service = service
        self.caller = caller
        self.now = now
        self.correlation_id = correlation_id
        self.causation_id = causation_id
        self.emitted: list[Event] = []

    def emit(self, kind: EventType, subject: str, sequence: int, data: Mapping[str, Any]) -> str:
        """Put an event in the outbox and return its id.

        Raises ValueError when the event is another service's or ``data`` breaks its schema: a fault of ours.
        """
        if kind.service != self.service:
            raise ValueError(f"{kind.type} is told by {kind.service}, not by {self.service}")
        event = Event(
            id=new_id("evt"), kind=kind, subject=subject, time=self.now, sequence=sequence,
            correlation_id=self.correlation_id, causation_id=self.causation_id, data=checked(kind, data),
        )  # fmt: skip
        self.emitted.append(event)
        self.work.outbox_rows.append(outbox.row_of(event))
        return event.id

    def audit(self, action: str, subject: str, **details: Any) -> None:
        """Write one more row in the audit log beside the command's own."""
        reason = str(details.pop("reason", ""))
        self.work.audit_rows.append(
            audit.row(self.now, self.caller, action, subject, reason, self.correlation_id, details)
        )

    def enqueue(self, job: str, arguments: Mapping[str, Any]) -> str:
        """Take on a job of this service and return its id."""
        row = jobs.row(job, arguments, self.caller, self.correlation_id, self.now)
        self.work.job_rows.append(row)
        return str(row["_id"])


def checked(kind: EventType, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return event data as JSON values that its own schema accepts; ValueError says what it does not."""
    plain: dict[str, Any] = to_plain(data)
    errors = kind.schema.validate(plain)
    if errors:
        raise ValueError(f"{kind.type} breaks its schema: {errors}")
    return plain


__all__ = ["Tx", "Work", "checked"]
