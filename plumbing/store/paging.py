"""Lists in pages: the cursor holds the last row's sort values, so that new rows neither repeat nor hide."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts.errors import InvalidInput
from contracts.rpc.method import MAX_PAGE

Order = Sequence[tuple[str, int]]


def page(
    collection: Any,
    query: Mapping[str, Any],
    args: Mapping[str, Any],
    shape: Callable[[dict[str, Any]], Any],
    order: Order = (("_id", 1),),
    projection: Any = None,
) -> dict[str, Any]:
    """Return one page of ``shape``d rows: {"items": [...], "next": cursor or None}.

    ``args`` holds ``limit`` and ``after``. ``order`` is made unique by ``_id``. Raises InvalidInput for
    a cursor that is not of this list.
    """
    order = unique(order)
    limit = min(int(args.get("limit") or 50), MAX_PAGE)
    after = args.get("after")
    if after:
        query = {"$and": [dict(query), _beyond(order, decode_cursor(after, len(order)))]}
    rows = list(collection.find(query, projection, sort=list(order), limit=limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    following = encode_cursor([_at(rows[-1], name) for name, _ in order]) if more else None
    return {"items": [shape(row) for row in rows], "next": following}


def unique(order: Order) -> Order:
    """Return the order with ``_id`` at its end, in the direction of its last part, unless it holds it."""
    if any(name == "_id" for name, _ in order):
        return order
    return (*order, ("_id", order[-1][1] if order else 1))


def encode_cursor(values: Sequence[Any]) -> str:
    """Return sort values as an opaque word."""
    marked = [
        {"t": value.astimezone(UTC).isoformat()} if isinstance(value, datetime) else value for value in values
    ]
    text = json.dumps(marked, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Return the sort values of a cursor; InvalidInput when it was not made for a list of this order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != length:
            raise ValueError
        return [_value(value) for value in values]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput.of(
            "after", "cursor", "不是本列表的翻页标记", "Not a cursor of this list."
        ) from None


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        moment = datetime.fromisoformat(value["t"])
        if moment.tzinfo is None:
            raise ValueError
        return moment
    if isinstance(value, list) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise ValueError
    return value


def _at(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _beyond(order: Order, values: Sequence[Any]) -> dict[str, Any]:
    """The rows that come after these values: equal in the first parts, further in the next one."""
    ways = []
    for place, (name, direction) in enumerate(order):
        further = _further(name, direction, values[place])
        if further is not None:
            equal = {order[before][0]: values[before] for before in range(place)}
            ways.append({**equal, **further})
    return {"$or": ways} if ways else {"_id": {"$exists": False}}


def _further(name: str, direction: int, value: Any) -> dict[str, Any] | None:
    # the server sorts null and missing before everything else, but compares only within a type
    if value is None:
        return {name: {"$ne": None}} if direction > 0 else None
    if direction > 0:
        return {name: {"$gt": value}}
    return {"$or": [{name: {"$lt": value}}, {name: None}]}
