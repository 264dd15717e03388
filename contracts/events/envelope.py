"""An event as it travels: a CloudEvents 1.0 document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.events.kinds import EventType, find_event
from contracts.fields import format_moment, load


class UnknownEvent(ValueError):
    """The document is not an event of ours, or of a version this code does not know."""


@dataclass(frozen=True)
class Event:
    """One fact. ``sequence`` is the subject's version when it was told; ``data`` is JSON-ready."""

    id: str
    kind: EventType
    subject: str
    time: datetime
    sequence: int
    correlation_id: str
    causation_id: str
    data: dict[str, Any]

    def to_cloudevent(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.kind.source,
            "type": self.kind.type,
            "subject": self.subject,
            "time": format_moment(self.time),
            "datacontenttype": "application/json",
            "dataschema": self.kind.dataschema,
            "sequence": self.sequence,
            "correlationid": self.correlation_id,
            "causationid": self.causation_id,
            "data": self.data,
        }

    def upcast(self) -> Event:
        """Return the event as the newest version of its type, step by step."""
        newest = self
        while following := newest.kind.following():
            if following.upcast is None:
                break
            newest = replace(newest, kind=following, data=following.upcast(newest.data))
        return newest

    def payload(self) -> dict[str, Any]:
        """Return the data as Python values (Decimal, datetime).

        Raises InvalidInput where the data breaks the schema.
        """
        return load(self.kind.reader, self.data)


def event_from_cloudevent(document: Any) -> Event:
    """Read a CloudEvents document.

    Raises UnknownEvent when it is none, or of a type or version that is not declared.
    """
    if not isinstance(document, Mapping):
        raise UnknownEvent("the body is not a JSON object")
    if document.get("specversion") != "1.0":
        raise UnknownEvent("the body is not a CloudEvents 1.0 document")
    kind = find_event(str(document.get("type")))
    if kind is None:
        raise UnknownEvent(f"nobody declares {str(document.get('type'))[:120]!r}")
    data = document.get("data")
    if not isinstance(data, dict):
        raise UnknownEvent("data is not an object")
    try:
        return Event(
            id=_text(document, "id"),
            kind=kind,
            subject=_text(document, "subject"),
            time=datetime.fromisoformat(_text(document, "time")),
            sequence=int(document["sequence"]),
            correlation_id=str(document.get("correlationid", "")),
            causation_id=str(document.get("causationid", "")),
            data=data,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownEvent(f"an attribute is missing or malformed: {error}") from error


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value
