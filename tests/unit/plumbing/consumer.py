"""An inbox consumer in the test process: deliveries come from the test, broker and database are its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import amqp

from plumbing.bus.inbox import InboxConsumer
from plumbing.bus.publisher import Receipt
from plumbing.store.inbox import Outcome, Status
from tests.unit.plumbing.threads import a_runtime

SAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "events" / "samples"
BODY = (SAMPLES / "registration" / "SessionsRevoked.v1.json").read_text("utf-8")


class World:
    """Broker, database and clock around one consumer."""

    def __init__(self) -> None:
        self.attempts = self.link = self
        self.parts = SimpleNamespace(clock=SimpleNamespace(now=lambda: self.told_at))
        self.told_at: Any = None
        self.status = Status.HANDLED
        self.begun: int | Exception = 1
        self.fault: Exception | None = None
        self.unforgotten: Exception | None = None
        self.receipts: list[Receipt] | Exception = [Receipt.CONFIRMED]
        self.sent: list[str] = []
        self.acked: list[int] = []
        self.later: list[tuple[float, Any]] = []
        self.handled = 0

    def handle(self, events: Sequence[Any]) -> list[Outcome]:
        if self.fault:
            raise self.fault
        self.told_at = events[0].time
        self.handled += len(events)
        return [Outcome(event.id, self.status, "as told") for event in events]

    def begin(self, _event_id: str) -> int:
        if isinstance(self.begun, Exception):
            raise self.begun
        return self.begun

    def finish(self, _event_id: str) -> None:
        if self.unforgotten:
            raise self.unforgotten
        self.begun = 0

    def publish(self, parcels: Sequence[Any]) -> list[Receipt]:
        if isinstance(self.receipts, Exception):
            raise self.receipts
        self.sent += [parcel.routing_key for parcel in parcels]
        return self.receipts

    def basic_ack(self, tag: int, multiple: bool = False) -> None:
        self.acked.append(tag)

    def wait_all(self) -> None:
        """Let the short waits pass."""
        waits, self.later = self.later, []
        for _, go_on in waits:
            go_on()


class Consumer:
    """A consumer with a channel, to which a test delivers."""

    def __init__(self, world: World) -> None:
        runtime = a_runtime(world)
        runtime.publisher = world  # type: ignore[assignment]
        runtime.database_answers = True
        self.inbox = InboxConsumer(runtime)
        self.channel = world
        self.inbox._acks.begin(world)
        self._tags = 0

    def deliver(self, body: str = BODY, exchange: str = "registration.events", again: bool = False) -> None:
        self._tags += 1
        message = amqp.Message(body, channel=self.channel, message_id="evt-1")
        told = {"exchange": exchange, "routing_key": "SessionsRevoked", "redelivered": again}
        message.delivery_info = {**told, "delivery_tag": self._tags}
        self.inbox._taken(message)

    def turn(self) -> None:
        """Handle what is there and end: nothing may get lost on the way."""
        self.inbox._handle(self.inbox._gather())
