"""Python values as JSON and back: Decimals as strings, instants as ISO 8601 in UTC with Z."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracts.fields import format_moment


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_compact = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_encode, allow_nan=False
).encode
_canonical = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_encode, allow_nan=False, sort_keys=True
).encode


def to_text(value: Any) -> str:
    """Return the value as compact JSON text."""
    return _compact(value)


def from_text(text: str) -> Any:
    """Return what JSON text says."""
    return json.loads(text)


def to_plain(value: Any) -> Any:
    """Return the value as JSON values only, copied."""
    return json.loads(_compact(value))


def canonical(value: Any) -> str:
    """Return JSON text that is the same for equal values, whatever the order of their keys."""
    return _canonical(value)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON text, in hex."""
    return hashlib.sha256(_canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
