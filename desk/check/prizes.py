"""Prizes recompute from the stored results."""

from __future__ import annotations

from collections.abc import Iterator

from desk.check.inspection import Finding, Inspection

TITLE = ("奖项可由评审结果重算", "prizes recompute from the stored results")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield what awards finds when it computes every proposal again."""
    yield from inspection.own_findings("awards")
