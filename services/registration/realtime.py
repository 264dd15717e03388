"""Real time, for what protects accounts: sessions and links do not follow a business clock that is moved."""

from __future__ import annotations

from datetime import UTC, datetime


def real_now() -> datetime:
    """Return the real time to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def offset_from(now: datetime) -> float:
    """Return how far a business time is from real time, in whole seconds."""
    return float(round((now - real_now()).total_seconds()))
