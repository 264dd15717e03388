"""Results of closed rounds recompute from the stored score sheets, their seals included."""

from __future__ import annotations

from collections.abc import Iterator

from desk.check.inspection import Finding, Inspection

TITLE = ("评审结果可由评分表重算", "results recompute from the stored score sheets")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield what review finds when it computes every closed round again."""
    yield from inspection.own_findings("review")
