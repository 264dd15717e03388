"""Every event that was ever declared has a sample, and every sample can still be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.events import EventType, all_events, event_from_cloudevent
from contracts.words import SERVICES

SAMPLES = Path(__file__).parents[2] / "contracts" / "events" / "samples"
FILES = sorted(SAMPLES.glob("*/*.json"))
PERSONAL = {"phone", "email", "mobile", "id_number", "password", "secret", "token", "address"}


@pytest.mark.parametrize("kind", all_events(), ids=lambda kind: kind.type)
def test_an_event_has_a_sample(kind: EventType) -> None:
    path = SAMPLES / kind.service / f"{kind.name}.v{kind.version}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["type"] == kind.type
    if document["dataschema"] == kind.dataschema:
        assert kind.schema.validate(document["data"]) == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_loads_however_old(path: Path) -> None:
    event = event_from_cloudevent(json.loads(path.read_text(encoding="utf-8")))
    newest = event.upcast()
    assert newest.payload()
    assert event.to_cloudevent() == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", all_events(), ids=lambda kind: kind.type)
def test_no_event_carries_what_identifies_a_person(kind: EventType) -> None:
    assert not PERSONAL & set(_names(kind.schema))
    assert not ("score" in kind.schema.fields and "expert_id" in kind.schema.fields)


def test_samples_stand_where_their_service_is() -> None:
    assert {path.parent.name for path in FILES} == set(SERVICES)


def _names(schema: object) -> list[str]:
    found = []
    for name, field in getattr(schema, "fields", {}).items():
        found.append(name)
        inner = getattr(field, "inner", field)
        if hasattr(inner, "schema"):
            found += _names(inner.schema)
    return found
