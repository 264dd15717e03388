"""Event types, each declared once with version, audience and schema; samples lie beside."""

from contracts.events.envelope import Event, UnknownEvent, event_from_cloudevent
from contracts.events.kinds import EventType, all_events, event, find_event

__all__ = [
    "Event", "EventType", "UnknownEvent", "all_events", "event", "event_from_cloudevent", "find_event",
]  # fmt: skip
