"""Stored documents beside what the record says of them: which fields differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def differing(
    document: Mapping[str, Any], wanted: Mapping[str, Any], free: tuple[str, ...] = ()
) -> list[str]:
    """Return the fields that are not as wanted, missing or not known at all; ``free`` ones are passed over.

    Moments are compared to the millisecond, which is what the database keeps.
    """
    names = sorted((document.keys() | wanted.keys()) - {"_id", *free})
    missing = object()
    return [
        name for name in names
        if name not in wanted or not _same(document.get(name, missing), wanted[name])
    ]  # fmt: skip


def say_differing(check: str, collection: str, key: str, names: list[str]) -> dict[str, str]:
    """Return the finding that names collection, document and fields."""
    said = f"{', '.join(names)} not as recorded"
    return {"check": check, "subject": f"{collection} {key}", "problem": said}


def _same(stored: Any, wanted: Any) -> bool:
    if isinstance(stored, datetime) and isinstance(wanted, str | datetime):
        told = datetime.fromisoformat(wanted) if isinstance(wanted, str) else wanted
        return abs((stored - told).total_seconds()) < 0.001
    if isinstance(stored, bool) or isinstance(wanted, bool):
        return stored is wanted
    return bool(stored == wanted)
