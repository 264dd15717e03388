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
    message: amqp.Message, headers: Mapping[str, Any], service: str, verdict: Verdict, reason: str
) -> Parcel:
    """Return the message as it goes to wait, from where it comes back to its service's inbox."""
    assert verdict.delay is not None
    told = {
        **_own(headers),
        names.ORIGIN: headers.get(names.ORIGIN) or _origin(message),
        names.ATTEMPTS: verdict.attempts,
        names.WAITS: verdict.waits,
        names.REASON: reason[:LONGEST_REASON],
    }
    waiting = names.retry_queue(service, verdict.delay)
    return Parcel(_copy(message, told), names.retry_exchange(service), waiting)


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
    return Parcel(_copy(message, told), names.retry_exchange(service), names.parked(service))


def fresh_parcel(message: amqp.Message, service: str) -> Parcel:
    """Return a parked message as it goes back to its service's inbox: as if it had never failed.

    Who told it goes along where the service itself noted that; what the broker parked bears its sender's
    notes.
    """
    headers = message.properties.get("application_headers") or {}
    noted = message.delivery_info["exchange"] == names.retry_exchange(service)
    kept = (names.TELLER, names.ORIGIN) if noted else ()
    told = {name: headers[name] for name in kept if name in headers}
    return Parcel(_copy(message, told), names.retry_exchange(service), names.inbox(service))


def _own(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep our notes and the context, nothing else.

    The broker's own notes (x-death …) would grow with every turn, and a sender's CC would lead each copy into
    all queues of ours at once.
    """
    return {name: value for name, value in headers.items() if name.startswith((names.NOTE, names.HEADER))}


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
