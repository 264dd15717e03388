"""What an event type is, and the register of all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from marshmallow import EXCLUDE, Schema

from contracts.words import SERVICES, Audience

SOURCE = "urn:xinlv:{service}"
Upcast = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class EventType:
    """A fact a service tells. ``copies`` says that it carries the full state of its subject."""

    service: str
    name: str
    version: int
    audience: Audience
    subject: str
    """What the subject identifies: unit, case, round …"""
    summary: str
    data: type[Schema]
    copies: bool = False
    minor: int = 0
    """Raised by a compatible change of the schema."""
    upcast: Upcast | None = None
    """Turns the data of the version before into this one's."""

    @cached_property
    def type(self) -> str:
        """Return the CloudEvents type, e.g. ``xinlv.submission.CaseSubmitted.v1``."""
        return f"xinlv.{self.service}.{self.name}.v{self.version}"

    def following(self) -> EventType | None:
        """Return the next version of this type, or None for the newest."""
        return find_event(f"xinlv.{self.service}.{self.name}.v{self.version + 1}")

    @cached_property
    def routing_key(self) -> str:
        """Return the routing key on the service's exchange: the name, from version 2 on with ``.vN``."""
        return self.name if self.version == 1 else f"{self.name}.v{self.version}"

    @cached_property
    def exchange(self) -> str:
        """Return the topic exchange of the service, by nameko's own convention."""
        return f"{self.service}.events"

    @cached_property
    def source(self) -> str:
        """Return the CloudEvents source."""
        return SOURCE.format(service=self.service)

    @cached_property
    def dataschema(self) -> str:
        """Return the name of the schema, raised in its last number by a compatible change."""
        return f"urn:xinlv:schema:{self.service}.{self.name}:{self.version}.{self.minor}"

    @cached_property
    def schema(self) -> Schema:
        """Return the schema as the emitter holds it: unknown fields are refused."""
        return self.data()

    @cached_property
    def reader(self) -> Schema:
        """Return the schema as a consumer holds it: fields of a newer minor version are ignored."""
        return self.data(unknown=EXCLUDE)


_EVENTS: dict[str, EventType] = {}


def event(
    service: str,
    name: str,
    summary: str,
    *,
    audience: Audience,
    subject: str,
    data: type[Schema],
    version: int = 1,
    minor: int = 0,
    copies: bool = False,
    upcast: Upcast | None = None,
) -> EventType:
    """Declare an event type."""
    kind = EventType(service, name, version, audience, subject, summary, data, copies, minor, upcast)
    if kind.type in _EVENTS:
        raise ValueError(f"{kind.type} is declared twice")
    _EVENTS[kind.type] = kind
    return kind


@cache
def _load_all() -> None:
    for service in SERVICES:
        importlib.import_module(f"contracts.events.{service}")


def find_event(type_name: str) -> EventType | None:
    """Return the event type of a CloudEvents type name, or None."""
    _load_all()
    return _EVENTS.get(type_name)


def all_events() -> list[EventType]:
    """Return every event type, in order of service and name."""
    _load_all()
    return sorted(_EVENTS.values(), key=lambda kind: (SERVICES.index(kind.service), kind.name, kind.version))
