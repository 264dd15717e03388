"""Identifiers that sort by the time they were made (the layout of UUID version 7)."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime

SHAPE = re.compile(r"[a-z]+-([0-9a-f]{12})7[0-9a-f]{19}")


def new_id(prefix: str) -> str:
    """Return ``prefix-`` and 32 hex digits: milliseconds since 1970 first, then 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    milliseconds = time.time_ns() // 1_000_000
    number = (
        milliseconds << 80
        | 0x7 << 76
        | (random >> 4 & 0xFFF) << 64
        | 0b10 << 62
        | (random >> 16 & (1 << 62) - 1)
    )
    return f"{prefix}-{number:032x}"


def made_at(identifier: str) -> datetime | None:
    """Return the real time at which an identifier was made; None for one that is not of ours."""
    found = SHAPE.fullmatch(identifier)
    return datetime.fromtimestamp(int(found[1], 16) / 1000, UTC) if found else None
