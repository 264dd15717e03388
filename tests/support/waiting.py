"""Waiting for what others do: never longer than needed, never for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], seconds: float = 20.0, what: str = "it did not come true") -> Any:
    """Wait until a condition holds and return what it returned; AssertionError saying ``what`` if not."""
    deadline, pause = time.monotonic() + seconds, 0.002
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    raise AssertionError(what)
