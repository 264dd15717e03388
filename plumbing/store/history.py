"""For how long the plumbing keeps its rows, and their removal when that time is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Retention:
    """For how long rows are kept, as XINLV_RETENTION_*_DAYS say.

    Inbox rows outlive what could be sent again; answers need not live long; ``contacts`` counts from when a
    matter is settled.
    """

    outbox: timedelta = timedelta(days=550)
    inbox: timedelta = timedelta(days=730)
    commands: timedelta = timedelta(days=180)
    audit: timedelta = timedelta(days=1095)
    contacts: timedelta = timedelta(days=365)
    attempts: timedelta = timedelta(days=7)

    @classmethod
    def in_days(cls, days: Mapping[str, int]) -> Retention:
        """Return it from days by name; what is not named stays as it is."""
        return cls(**{name: timedelta(days=number) for name, number in days.items()})


def sweep_history(context: Any) -> int:
    """Remove the rows whose time is over, a portion each of them; return how many went."""
    retention: Retention = context.parts.retention
    now = datetime.now(UTC)
    business = context.now
    gone = 0
    for name, field, before in (
        ("outbox", "published", now - retention.outbox),
        ("told", "at", now - retention.outbox),
        ("inbox", "at", now - retention.inbox),
        ("attempts", "at", now - retention.attempts),
        ("commands", "at", business - retention.commands),
        ("audit", "at", business - retention.audit),
    ):
        rows = context.collection(name)
        # in portions, so that a long sweep holds nobody up
        ids = [
            row["_id"]
            for row in rows.find({field: {"$lt": before}}, {"_id": 1}, sort=[(field, 1)], limit=1000)
        ]
        if ids:
            gone += rows.delete_many({"_id": {"$in": ids}, field: {"$lt": before}}).deleted_count
    return gone
