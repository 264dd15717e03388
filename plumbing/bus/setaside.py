"""Messages on their way out of an inbox: to a waiting queue and back, or to the parked ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import amqp

from plumbing.bus import names
from plumbing.bus.publisher import Parcel
from plumbing.bus.retries import Verdict
from plumbing.bus.wire import PERSISTENT

LONGEST_REASON = 500


def retry_parcel(
    message: amqp.Message, headers: Mapping[str, Any], inbox: str, verdict: Verdict, reason: str
) -> Parcel:
    """Return the message as it goes to wait; its routing key names the queue to come back to."""
    assert verdict.delay is not None
    told = {
        **_own(headers),
        names.ORIGIN: headers.get(names.ORIGIN) or _origin(message),
        names.ATTEMPTS: verdict.attempts,
        names.WAITS: verdict.waits,
        names.REASON: reason[:LONGEST_REASON],
    }
    return Parcel(_copy(message, told), names.retry_queue(verdict.delay), inbox)


def parked_parcel(
    message: amqp.Message, headers: Mapping[str, Any], service: str, reason: str, attempts: int
) -> Parcel:
    """Return the message as it is set aside, saying why, after how many attempts and from where."""
    told = {
        **_own(headers),
        names.ORIGIN: headers.get(names.ORIGIN) or _origin(message),
        names.ATTEMPTS: attempts,
        names.REASON: reason[:LONGEST_REASON],
        names.PARKED_AT: datetime.now(UTC).isoformat(timespec="milliseconds"),
        names.PARKED_ID: f"prk-{uuid.uuid4().hex}",
    }
    return Parcel(_copy(message, told), names.PARKING, names.parked(service))


def fresh_parcel(message: amqp.Message, service: str) -> Parcel:
    """Return a parked message as it goes back to its service's inbox: as if it had never failed."""
    return Parcel(_copy(message, {}), names.replay_exchange(service), names.inbox(service))


def _own(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep our counts and the context; the broker's own notes (x-death …) would grow with every turn."""
    return {name: value for name, value in headers.items() if not name.startswith("x-")}


def _origin(message: amqp.Message) -> str:
    info = message.delivery_info
    return f"{info.get('exchange', '')}/{info.get('routing_key', '')}"


def _copy(message: amqp.Message, headers: Mapping[str, Any]) -> amqp.Message:
    kept = {
        name: message.properties[name]
        for name in ("content_type", "content_encoding", "correlation_id", "type", "app_id")
        if name in message.properties
    }
    # the confirm is matched by this id, so it must differ from a copy of the same message in flight
    message_id = message.properties.get("message_id") or uuid.uuid4().hex
    return amqp.Message(
        message.body,
        delivery_mode=PERSISTENT,
        message_id=message_id,
        application_headers=dict(headers),
        **kept,
    )
