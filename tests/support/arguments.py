"""Arguments made from a method's schema alone: good ones, and every way of spoiling them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from demo.cast import make_credit_code

CANDIDATES: tuple[Any, ...] = (
    "1", "0.5", 1, 2, 60, 2020, True, "review", "xinlv-3", "case-0123456789abcdef", "节能减排", "x" * 12,
    "a@mail.example.cn", "+8613812345678", "11", "2026-06-01T08:00:00+08:00", "https://files.example.cn/a",
    make_credit_code(random.Random(7), "11"),
)  # fmt: skip
OPERATORS: tuple[Any, ...] = (
    {"$gt": ""}, {"$ne": None}, {"$where": "sleep(1000)"}, [{"$gt": ""}], {"$regex": ".*"},
)  # fmt: skip
BAD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.1, 1e308, [], {}, [[]], [None], [{}],
    "", " ", "\x00", "a\x00b", "\x1b[31m", "\u202e", "\ud800", "x" * 5_000, "汉" * 100_000, "NaN", "Infinity",
    "1e999999", "-1", "0x10", "$where", "../../etc/passwd", "'; DROP TABLE units; --", "9999-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", ["a"] * 3_000, *OPERATORS,
)  # fmt: skip
CURSORS: tuple[str, ...] = (
    "x", "====", "W10", "W251bGxd", "WzFd", "W3siJGd0IjoiIn1d", "W3sidCI6IngifV0", "bnVsbA",
    "eyIkZ3QiOiIifQ", "WyJhIiwiYiIsImMiLCJkIl0", "/w", "WzFlOTk5XQ", "W1tbW1tbW11dXV1dXV0", "汉",
)  # fmt: skip


def nested(depth: int) -> dict[str, Any]:
    """Return objects in objects, so deep."""
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def make(schema: Schema, rng: random.Random, known: Mapping[str, list[Any]], whole: bool = True) -> Any:
    """Return arguments the schema accepts; identifiers ``known`` by field name are taken half of the time.

    ``whole`` fills optional fields too. Raises LookupError where nothing here fits a field.
    """
    made = {}
    for name, field in schema.fields.items():
        if (field.required or (whole and rng.random() < 0.6)) and name != "dry_run":
            made[name] = _value(name, field, rng, known)
    return made


def _value(name: str, field: fields.Field[Any], rng: random.Random, known: Mapping[str, list[Any]]) -> Any:
    if name in known and rng.random() < 0.7 and _fits(field, chosen := rng.choice(known[name])):
        return chosen
    if isinstance(field, fields.Nested):
        inner = field.schema
        return [make(inner, rng, known)] if inner.many else make(inner, rng, known)
    if isinstance(field, fields.List):
        return [_value(name, field.inner, rng, known)]
    choices = [value for rule in field.validators for value in getattr(rule, "choices", ())]
    if choices:
        return rng.choice(choices)
    if isinstance(field, fields.Dict):
        return {}
    if name.endswith("_id"):
        return f"{name[:-3]}-{rng.randbytes(8).hex()}"
    fitting = [value for value in CANDIDATES if _fits(field, value)]
    if not fitting:
        raise LookupError(f"no value for {name}: {field!r}")
    return rng.choice(fitting)


def _fits(field: fields.Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except (ValidationError, TypeError, ValueError):
        return False
    return True


def spoil(schema: Schema, good: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (what was done, arguments) for every single spoiling; some of them may still be acceptable."""
    yield "unknown field", {**good, "is_admin": True}
    yield "operator as field", {**good, "$where": "1"}
    yield "dotted field", {**good, "a.b": 1}
    yield "huge field name", {**good, "n" * 100_000: 1}
    yield "deep", {**good, "deep": nested(400)}
    for name, field in schema.fields.items():
        if field.required:
            yield f"{name} missing", {key: value for key, value in good.items() if key != name}
        for bad in (*BAD, nested(60), *(CURSORS if name == "after" else ())):
            yield f"{name} = {str(bad)[:24]!r}", {**good, name: bad}
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested) and isinstance(good.get(name), dict | list) and good[name]:
            yield from _spoil_inner(name, inner, good)


def _spoil_inner(name: str, field: Any, good: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = isinstance(good[name], list)
    content = good[name][0] if listed else good[name]
    if not isinstance(content, dict):
        return
    for what, bad in spoil(field.schema, content):
        yield f"{name}.{what}", {**copy.deepcopy(good), name: [bad] if listed else bad}
