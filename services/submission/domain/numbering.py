"""Case numbers: edition, track, counter."""

from __future__ import annotations

from contracts.edition import Edition, Track


def case_number(edition: Edition, track: Track, counter: int) -> str:
    """Return e.g. ``XL3-06-0001``; a counter above 9999 simply grows longer. ``counter`` starts at 1."""
    return f"{edition.code}-{track.number:02d}-{counter:04d}"
