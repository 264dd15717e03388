"""JSON Schema (2020-12) from the contracts' marshmallow classes."""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from contracts.events import EventType, all_events
from contracts.fields import ID_SHAPE, USCC_SHAPE, Id, Moment, Province, Score, Uscc
from contracts.words import PROVINCES

DECIMAL = r"^-?\d+(\.\d{1,8})?$"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


@cache
def _converter() -> Any:
    # without names every nested schema is written out where it stands
    plugin = MarshmallowPlugin(schema_name_resolver=_nameless)
    APISpec("xinlv", "1", "3.1.0", plugins=[plugin])
    converter = plugin.converter
    assert converter is not None
    converter.add_attribute_function(_own_fields)
    converter.field_mapping[Moment] = ("string", "date-time")
    converter.field_mapping[Score] = ("string", None)
    return converter


def _nameless(schema: Any) -> Any:
    return None


def _own_fields(self: Any, field: fields.Field[Any], **kwargs: Any) -> Json:
    """What our own fields refuse beyond their base class."""
    if isinstance(field, Uscc):
        return {"pattern": f"^{USCC_SHAPE.pattern}$"}
    if isinstance(field, Id):
        return {"pattern": f"^{ID_SHAPE.pattern}$"}
    if isinstance(field, Province):
        return {"enum": list(PROVINCES)}
    if isinstance(field, Score):
        return {"pattern": DECIMAL}
    return {}


def describe(schema: type[Schema], *, closed: bool) -> Json:
    """Return the JSON Schema of a marshmallow class; an open one allows fields that it does not name."""
    described: Json = _clean(_converter().schema2jsonschema(schema()), closed)
    text = docstring(schema)
    return {**described, "description": text} if text else described


def docstring(schema: type[Schema]) -> str:
    """Return what a schema class says of itself, on one line; what it inherits does not count."""
    for kind in schema.__mro__:
        if kind.__module__ in ("contracts.fields", "contracts.rpc.method"):
            return ""
        if kind.__doc__ and kind.__module__.startswith("contracts."):
            return " ".join(inspect.cleandoc(kind.__doc__).split())
    return ""


def _clean(node: Any, closed: bool) -> Any:
    if isinstance(node, list):
        return [_clean(item, closed) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        str(name): _clean(value, closed)
        for name, value in node.items()
        # bounds of a decimal carried as text mean nothing to a reader of JSON Schema
        if name not in ("x-minimum", "x-maximum") and (closed or name != "additionalProperties")
    }


def event_schema(kind: EventType) -> Json:
    """Return the JSON Schema of an event's data; consumers must expect fields of newer minor versions."""
    described = describe(kind.data, closed=False)
    return {
        "$schema": DIALECT,
        "$id": kind.dataschema,
        "title": f"{kind.name} v{kind.version}",
        **described,
        "description": " ".join(filter(None, (kind.summary, described.get("description", "")))),
    }


def event_schemas() -> dict[str, str]:
    """Return the text of each event type's schema by its path, e.g. ``review/RoundScored.v1.json``."""
    return {
        f"{kind.service}/{kind.name}.v{kind.version}.json": json.dumps(
            event_schema(kind), ensure_ascii=False, indent=2
        )
        + "\n"
        for kind in all_events()
    }
