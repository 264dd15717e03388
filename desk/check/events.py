"""Every event was handled by every service that wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from contracts.rpc.method import MAX_PAGE
from contracts.words import SERVICES
from desk.check.inspection import Finding, Inspection, Row

TITLE = ("每个事件都已被需要它的服务处理", "every event was handled by every service that wants it")
MOST = 200
"""Unhandled events told of one service."""


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield events told before this run that a service wants and has no inbox row of."""
    wanted = _wanted(inspection)
    for source in SERVICES:
        waiting: dict[str, list[Row]] = defaultdict(list)
        for event in inspection.every(source, "list_emitted", until=inspection.start):
            inspection.tell(1)
            for service in wanted.get(event["type"], ()):
                waiting[service].append({"event_id": event["event_id"], "type": event["type"]})
                if len(waiting[service]) == MAX_PAGE:
                    yield from _unhandled(inspection, service, waiting.pop(service))
        for service, events in waiting.items():
            yield from _unhandled(inspection, service, events)


def _wanted(inspection: Inspection) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = defaultdict(list)
    for service in SERVICES:
        for row in inspection.ask(service, "wanted_events")["events"]:
            wanted[row["type"]].append(service)
    return wanted


def _unhandled(inspection: Inspection, service: str, events: list[Row]) -> Iterator[Finding]:
    def look() -> list[Row]:
        rows: list[Row] = inspection.ask(service, "list_unhandled", events=events)["unhandled"]
        events[:] = [{"event_id": row["event_id"], "type": row["type"]} for row in rows]
        return rows

    for row in inspection.until_empty(look)[:MOST]:
        yield Finding(
            f"{service} {row['event_id']}", f"{row['type']} was not handled by {', '.join(row['reactions'])}"
        )
