"""Identifiers that sort by the time they were made (the layout of UUID version 7)."""

from __future__ import annotations

import os
import time


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
