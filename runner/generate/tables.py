"""A schema as rows of a Markdown table, nested fields as dotted paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.fields import ID_SHAPE, USCC_SHAPE
from runner.generate.schemas import DECIMAL

Json = dict[str, Any]
KINDS = {
    f"^{ID_SHAPE.pattern}$": "identifier",
    f"^{USCC_SHAPE.pattern}$": "credit code",
    DECIMAL: "decimal text",
}
"""Patterns that a reader knows better by a word."""


def field_table(schema: Json) -> str:
    """Return the fields of an object schema as a table; a sentence where there are none."""
    rows = list(_rows(schema, ""))
    if not rows:
        return "No fields.\n"
    lines = ["| field | type | must be there | rules |", "|---|---|---|---|"]
    for path, kind, needed, rules in rows:
        lines.append(f"| `{path}` | {kind} | {'yes' if needed else ''} | {rules} |")
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Return text that does not break a table."""
    return " ".join(text.replace("|", "\\|").split())


def _rows(schema: Json, prefix: str) -> Iterator[tuple[str, str, bool, str]]:
    needed = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, _type(inner), name in needed, cell(_rules(inner))
        for option in (inner, *inner.get("anyOf", ()), *inner.get("allOf", ())):
            yield from _rows(option, f"{path}.")
            yield from _rows(option.get("items", {}), f"{path}[].")


def _type(schema: Json) -> str:
    kinds = schema.get("type", "any")
    words = [kinds] if isinstance(kinds, str) else list(kinds)
    options = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    if options:
        return " or ".join(dict.fromkeys(_type(option) for option in options))
    shown = str(KINDS.get(schema.get("pattern", ""), schema.get("format", "string")))
    named = [shown if word == "string" else word for word in words]
    if "items" in schema:
        named = [f"list of {_type(schema['items'])}" if word == "array" else word for word in named]
    return " or ".join(named)


def _rules(schema: Json) -> str:
    told: list[str] = []
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        shown = ", ".join(f"`{value}`" for value in values[:12])
        told.append(f"one of {shown}{' …' if len(values) > 12 else ''}")
    for low, high, unit in (
        ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"),
        ("minimum", "maximum", ""),
    ):  # fmt: skip
        if low in schema and high in schema:
            told.append(f"{schema[low]}..{schema[high]}{unit}")
        elif low in schema:
            told.append(f"at least {schema[low]}{unit}")
        elif high in schema:
            told.append(f"at most {schema[high]}{unit}")
    if schema.get("pattern") not in (None, *KINDS):
        told.append(f"`{schema['pattern']}`")
    if schema.get("default") not in (None, "", [], {}):
        told.append(f"`{schema['default']}` when left out")
    if schema.get("description"):
        told.append(str(schema["description"]))
    if schema.get("secret"):
        told.append("secret: never logged")
    return "; ".join(told)
