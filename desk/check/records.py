"""Records that may not change have not, jobs say what they did, and services agree with themselves."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.words import SERVICES
from desk.check import commands
from desk.check.inspection import PLUMBING, Finding, Inspection

TITLE = ("存证链完整，记录自洽", "chains of records are whole, jobs and copies agree")
ELSEWHERE = ("review", "awards", "notify")
"""Services whose own rules have a check of their own."""


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield what else the services found in their own records."""
    names = PLUMBING - set(commands.NAMES)
    inspection.settle(SERVICES, names)
    for service in SERVICES:
        yield from inspection.own_findings(service, names)
        if service not in ELSEWHERE and set(inspection.known_checks(service)) - PLUMBING:
            yield from inspection.own_findings(service)
