"""Calls as a stranger makes them: any bytes, headers and properties, many at once; answers as they came."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import amqp

from plumbing.bus import names


@dataclass(frozen=True)
class Sent:
    """One message; ``body`` is sent as it is when it is bytes, as JSON otherwise."""

    what: str
    key: str
    body: Any
    headers: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes to send; lone surrogates and huge numbers pass as JSON writes them."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class RawCaller:
    """One connection with its reply queue, on which ``ask`` sends everything before it reads."""

    def __init__(self, host: str, user: str, password: str, virtual_host: str) -> None:
        self._connection = amqp.Connection(host, userid=user, password=password, virtual_host=virtual_host)
        self._connection.connect()
        self._channel = self._connection.channel()
        self._key = uuid.uuid4().hex
        queue = f"xinlv.reply-raw-{self._key}"
        self._channel.queue_declare(queue, durable=False, exclusive=False, auto_delete=True)
        self._channel.queue_bind(queue, names.RPC_EXCHANGE, self._key)
        self._channel.basic_consume(queue, no_ack=True, callback=self._take)
        self._answers: dict[str, bytes] = {}

    def ask(self, messages: list[Sent], timeout: float = 20.0) -> list[bytes]:
        """Send all and return the answers in the same order; TimeoutError names what got none."""
        ids = [self._send(message) for message in messages]
        until = time.monotonic() + timeout
        while missing := [n for n, call_id in enumerate(ids) if call_id not in self._answers]:
            left = until - time.monotonic()
            try:
                self._connection.drain_events(timeout=max(0.01, left))
            except TimeoutError:
                unanswered = ", ".join(messages[n].what for n in missing[:10])
                raise TimeoutError(f"no answer to {len(missing)} of {len(ids)}: {unanswered}") from None
        return [self._answers.pop(call_id) for call_id in ids]

    def _send(self, message: Sent) -> str:
        call_id = uuid.uuid4().hex
        properties: dict[str, Any] = {
            "content_type": "application/json", "content_encoding": "utf-8", "correlation_id": call_id,
            "reply_to": self._key, "delivery_mode": 1, **message.properties,
        }  # fmt: skip
        told = {name: value for name, value in properties.items() if value is not None}
        self._channel.basic_publish(
            amqp.Message(message.encoded(), application_headers=dict(message.headers), **told),
            names.RPC_EXCHANGE, message.key,
        )  # fmt: skip
        return call_id

    def _take(self, message: amqp.Message) -> None:
        body = message.body
        call_id = message.properties.get("correlation_id", "")
        self._answers[call_id] = body if isinstance(body, bytes) else body.encode()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
