"""What to do with an event that was not handled: wait how long, or park it and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plumbing.bus.names import ATTEMPTS, WAITS

DELAYS: Final = (10.0, 60.0, 600.0)
"""Seconds before each retry; the last one holds for all that follow. XINLV_RETRY_DELAYS changes them."""
RETRIES: Final = 8
"""A failure is tried again so often before it is parked. XINLV_RETRIES changes it."""
WAITS_PER_RETRY: Final = 4
"""What has not arrived yet is waited for so many times as often as a failure is tried again."""


@dataclass(frozen=True)
class Verdict:
    """Wait ``delay`` seconds, or park where it is None; the counts go into the headers."""

    delay: float | None
    attempts: int
    waits: int


def decide(headers: Mapping[str, Any], *, not_yet: bool, delays: Sequence[float], retries: int) -> Verdict:
    """Say what becomes of a message that failed once more, or again misses what it depends on."""
    attempts, waits = count(headers, ATTEMPTS), count(headers, WAITS)
    if not_yet:
        waits += 1
        spent = waits > retries * WAITS_PER_RETRY
        return Verdict(None if spent else _at(delays, waits), attempts, waits)
    attempts += 1
    return Verdict(None if attempts > retries else _at(delays, attempts), attempts, waits)


def _at(delays: Sequence[float], turn: int) -> float:
    return delays[min(turn, len(delays)) - 1]


def count(headers: Mapping[str, Any], name: str) -> int:
    """Return a count that travels in a header; 0 when it is missing or no number."""
    value = headers.get(name, 0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
