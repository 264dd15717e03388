"""Nothing is parked that was not meant to be."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.words import SERVICES
from desk.check.inspection import Finding, Inspection

TITLE = ("没有意外搁置的消息", "nothing is parked that was not meant to be")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield parked messages, except those that ``allow_parked`` names by parked or event id."""
    for service in SERVICES:
        for row in inspection.every(service, "list_parked"):
            if not inspection.allow_parked & {row["parked_id"], row["event_id"]}:
                reason = f"{row['type'] or 'unreadable'} after {row['attempts']} attempts: {row['reason']}"
                yield Finding(f"{service} {row['parked_id']}", reason)
        inspection.tell(1)
