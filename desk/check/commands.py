"""Every accepted command has exactly one effect: its audit row and its events, each once.

What reactions, jobs and loops told is looked for too: those are effects of commands at one remove.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.words import SERVICES
from desk.check.inspection import Finding, Inspection

TITLE = ("每条受理的命令恰好生效一次", "every accepted command has exactly one effect")
NAMES = ("accepted_commands", "audited_commands", "told_events")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield commands without their effect, effects without a command, and effects that happened twice."""
    inspection.settle(SERVICES, NAMES)
    for service in SERVICES:
        yield from inspection.own_findings(service, NAMES)
