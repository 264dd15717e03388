"""Experts too far apart on one case: it may not be closed over until more was said about it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal


def spread_of(totals: Sequence[Decimal]) -> Decimal:
    """Return highest minus lowest total; 0 with fewer than two."""
    return max(totals) - min(totals) if len(totals) > 1 else Decimal(0)


def is_wide(totals: Sequence[Decimal], gap: Decimal | None) -> bool:
    """Say whether the sheets of a case are further apart than the method allows."""
    return gap is not None and spread_of(totals) > gap


def sheets_needed(totals: Sequence[Decimal], panel: int, gap: Decimal | None) -> int:
    """Return how many sheets the case takes: the panel, and one more where a full panel is too far apart."""
    return panel + 1 if len(totals) >= panel and is_wide(totals, gap) else panel


def is_unanswered(totals: Sequence[Decimal], panel: int, gap: Decimal | None, ruled: bool) -> bool:
    """Say whether a wide gap still waits: no sheet beyond the panel, and no recorded decision of a panel."""
    return is_wide(totals, gap) and not ruled and len(totals) <= panel
