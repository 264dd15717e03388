"""Events as CloudEvents documents, and what happens to documents that are none."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloudevents.v1.http import from_json
from marshmallow import fields

from contracts.errors import InvalidInput
from contracts.events import UnknownEvent, all_events, event, event_from_cloudevent, find_event, kinds
from contracts.fields import Strict
from contracts.words import Audience

SAMPLES = Path(__file__).parents[2] / "contracts" / "events" / "samples"
DOCUMENT: dict[str, Any] = json.loads(
    (SAMPLES / "submission" / "CaseWithdrawn.v1.json").read_text(encoding="utf-8")
)


class OldData(Strict):
    name = fields.String(required=True)


class NewData(Strict):
    title = fields.String(required=True)


@pytest.fixture
def two_versions() -> Iterator[None]:
    """A type with a second version, and one whose second version cannot be reached from the first."""
    all_events()
    before = dict(kinds._EVENTS)
    declare = {"audience": Audience.INTERNAL, "subject": "thing"}
    event("notify", "Thing", "Old.", data=OldData, **declare)  # type: ignore[arg-type]
    event("notify", "Thing", "New.", data=NewData, version=2, minor=1,
          upcast=lambda data: {"title": data["name"]}, **declare)  # type: ignore[arg-type]
    event("notify", "Other", "Old.", data=OldData, **declare)  # type: ignore[arg-type]
    event("notify", "Other", "New.", data=NewData, version=2, **declare)  # type: ignore[arg-type]
    yield
    kinds._EVENTS.clear()
    kinds._EVENTS.update(before)


def of_type(name: str) -> dict[str, Any]:
    return DOCUMENT | {"type": name, "data": {"name": "x"}}


def test_an_older_version_is_read_as_the_newest(two_versions: None) -> None:
    newest = event_from_cloudevent(of_type("xinlv.notify.Thing.v1")).upcast()
    assert newest.kind.type == "xinlv.notify.Thing.v2"
    assert newest.payload() == {"title": "x"}
    assert newest.kind.routing_key == "Thing.v2"
    assert newest.kind.dataschema == "urn:xinlv:schema:notify.Thing:2.1"


def test_without_an_upcaster_a_version_stays(two_versions: None) -> None:
    kept = event_from_cloudevent(of_type("xinlv.notify.Other.v1")).upcast()
    assert kept.kind.version == 1


def test_a_type_is_declared_once(two_versions: None) -> None:
    with pytest.raises(ValueError, match="twice"):
        event("notify", "Thing", "Old.", data=OldData, audience=Audience.INTERNAL, subject="thing")


def test_the_cloudevents_package_reads_our_documents() -> None:
    parsed = from_json(json.dumps(DOCUMENT))
    assert parsed["type"] == "xinlv.submission.CaseWithdrawn.v1"
    assert parsed["sequence"] == 1
    assert parsed.data == DOCUMENT["data"]


@pytest.mark.parametrize(
    "document",
    [
        None, [], "x", {},
        DOCUMENT | {"specversion": "0.3"},
        DOCUMENT | {"type": "xinlv.submission.CaseEaten.v1"},
        DOCUMENT | {"type": None},
        DOCUMENT | {"data": "x"},
        DOCUMENT | {"id": ""},
        DOCUMENT | {"subject": 5},
        DOCUMENT | {"time": "soon"},
        DOCUMENT | {"sequence": "many"},
        {name: value for name, value in DOCUMENT.items() if name != "sequence"},
    ],
)  # fmt: skip
def test_what_is_no_event_of_ours_is_refused(document: Any) -> None:
    with pytest.raises(UnknownEvent):
        event_from_cloudevent(document)


def test_a_consumer_ignores_fields_of_a_newer_minor_version() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["data"]["colour"] = "green"
    assert "colour" not in event_from_cloudevent(document).payload()


def test_data_that_breaks_its_schema_is_refused() -> None:
    with pytest.raises(InvalidInput):
        event_from_cloudevent(DOCUMENT | {"data": {}}).payload()


def test_nobody_declares_what_is_not_there() -> None:
    assert find_event("xinlv.nobody.Nothing.v1") is None
