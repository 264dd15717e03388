"""Outboxes are empty: whatever was told before the check began has reached the broker."""

from __future__ import annotations

import time
from collections.abc import Iterator

from contracts.words import SERVICES
from desk.check.inspection import Finding, Inspection

TITLE = ("发件箱已清空", "outboxes are empty")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield services that hold events which are older than this run."""
    for service in SERVICES:
        for seconds in inspection.until_empty(lambda service=service: _left(inspection, service)):  # type: ignore[misc]
            yield Finding(service, f"an event waits for the broker for {seconds:.0f} s")
        inspection.tell(1)


def _left(inspection: Inspection, service: str) -> list[float]:
    health = inspection.ask(service, "health_summary")
    # on a live system there is always something new: only what was there at the start counts
    running = time.monotonic() - inspection.began
    oldest: float = health["outbox_oldest_seconds"]
    return [oldest] if health["outbox_depth"] and oldest >= running else []
