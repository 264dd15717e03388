"""Nothing is parked that was not meant to be."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.words import SERVICES
from desk.check.inspection import Finding, Inspection, NotMade, Row
from plumbing.bus import names
from plumbing.bus.management import ManagementError
from plumbing.bus.topology import INNER

TITLE = ("没有意外搁置的消息", "nothing is parked that was not meant to be")
COUNTED_ANEW = 12.0
"""Seconds within which the broker certainly has counted again what lies in a queue."""


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield parked messages, except those that ``allow_parked`` names by parked or event id."""
    for service in SERVICES:
        rows: list[Row] = []

        def look(service: str = service, rows: list[Row] = rows) -> list[int]:
            rows[:] = inspection.every(service, "list_parked")
            return _unlisted(inspection, service, len(rows))

        unlisted = inspection.until_empty(look, least=COUNTED_ANEW)
        for row in rows:
            if not inspection.allow_parked & {row["parked_id"], row["event_id"]}:
                reason = f"{row['type'] or 'unreadable'} after {row['attempts']} attempts: {row['reason']}"
                yield Finding(f"{service} {row['parked_id']}", reason)
        for number in unlisted:
            yield Finding(names.parked(service), f"{number} more than could be listed: somebody holds them")
        inspection.tell(1)


def _unlisted(inspection: Inspection, service: str, listed: int) -> list[int]:
    """Return how many somebody holds unacknowledged: on no list, but in the broker's own count, which is some
    seconds old."""
    if not inspection.has_management:
        return []
    try:
        queue = inspection.management().get("queues", INNER, names.parked(service)) or {}
    except ManagementError as error:
        raise NotMade(f"消息中间件管理接口 management interface: {error}") from None
    number: int = queue.get("messages", 0)
    return [number - listed] if number > listed else []
