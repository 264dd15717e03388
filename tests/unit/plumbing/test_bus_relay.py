"""The relay: what fails is tried again, an event nobody takes hinders no other, a stop leaves nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import eventlet
import pytest
import structlog

from contracts.errors import Unavailable
from plumbing.bus import relay as relaying
from plumbing.bus.publisher import Receipt
from plumbing.bus.relay import Relay
from tests.unit.plumbing.threads import a_runtime


class World:
    """Outbox, leases and broker of one relay; ``faults`` are raised by the database, one after the other."""

    def __init__(self) -> None:
        self.outbox = self.leases = self.link = self
        self.rows: dict[str, bytes] = {}
        self.faults: list[Exception] = []
        self.is_open = True
        self.unwanted: set[str] = set()
        self.published: list[str] = []
        self.asked: list[int] = []
        self.held = 0
        self.lease_free = True
        self.release_fault: Exception | None = None
        self.closed = False

    def take(self, most: int) -> list[dict[str, Any]]:
        self.asked.append(most)
        if self.faults:
            raise self.faults.pop(0)
        named = [{"_id": name, "body": body, "type": "t"} for name, body in self.rows.items()]
        return [row | {"exchange": "review.events", "routing_key": "T"} for row in named[:most]]

    def mark(self, names: Sequence[str], lease: Any) -> None:
        assert lease == "lease"
        for name in names:
            del self.rows[name]

    def acquire(self, name: str, seconds: float) -> str | None:
        assert (name, seconds) == ("relay", 10.0)
        self.held += 1
        return "lease" if self.lease_free else None

    def release(self, lease: str) -> None:
        if self.release_fault:
            raise self.release_fault
        self.held = 0

    def publish(self, parcels: Sequence[Any]) -> list[Receipt]:
        names = [parcel.message.properties["message_id"] for parcel in parcels]
        self.published += names
        return [Receipt.RETURNED if name in self.unwanted else Receipt.CONFIRMED for name in names]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def relay(world: World, monkeypatch: pytest.MonkeyPatch) -> Relay:
    monkeypatch.setattr(relaying, "POLL", 0.001)
    monkeypatch.setattr(eventlet, "sleep", time.sleep)
    runtime = a_runtime(world)
    monkeypatch.setattr(runtime, "publisher", world)
    runtime.prepared.set()
    return Relay(runtime)


def run_until(relay: Relay, world: World, over: Any) -> None:
    """Run until something is so; then the process is asked to stop, and the relay ends by itself."""
    take = world.take

    def watched(most: int) -> list[dict[str, Any]]:
        relay._stopping = relay._stopping or bool(over())
        assert len(world.asked) < 1000, "it did not come true"
        return take(most)

    world.take = watched  # type: ignore[method-assign]
    relay._run()
    assert relay._ended.ready()


def test_what_is_left_at_a_stop_is_published_and_the_lease_given_back(relay: Relay, world: World) -> None:
    world.rows = {"evt-1": b"{}", "evt-2": b"{}"}
    run_until(relay, world, lambda: True)
    assert world.published == ["evt-1", "evt-2"] and not world.rows and world.held == 0


def test_a_database_that_fails_is_asked_again_under_a_fresh_lease(relay: Relay, world: World) -> None:
    world.rows = {"evt-1": b"{}"}
    world.faults = [ConnectionError("away"), Unavailable("数据库不可用。", "The database is away.")]
    held: list[int] = []

    def is_published() -> bool:
        held.append(world.held)
        return not world.rows

    with structlog.testing.capture_logs() as lines:
        run_until(relay, world, is_published)
    assert world.published == ["evt-1"]
    assert held[:3] == [1, 2, 2], "a fault takes the lease again, a broker that is away keeps it"
    assert [line["error"] for line in lines if line["event"] == "relay_failed"] == ["ConnectionError: away"]


def test_what_nobody_takes_does_not_stand_in_the_way(relay: Relay, world: World) -> None:
    world.rows = {f"evt-{number}": b"{}" for number in range(5)}
    world.unwanted = {"evt-0", "evt-1", "evt-2", "evt-3"}
    with structlog.testing.capture_logs() as lines:
        run_until(relay, world, lambda: len(world.asked) > 2)
    assert set(world.rows) == world.unwanted and "evt-4" in world.published
    assert world.asked[:2] == [relaying.BATCH, relaying.BATCH + 4], "they are taken beside the next batch"
    told = [line["event_id"] for line in lines if line["event"] == "event_not_taken"]
    assert told[:3] == ["evt-0", "evt-1", "evt-2"] and "evt-3" not in told, "the log is not flooded"


def test_nothing_is_taken_while_another_replica_relays(relay: Relay, world: World) -> None:
    world.rows, world.lease_free = {"evt-1": b"{}"}, False
    relay._stopping = True
    relay._run()
    assert world.published == [] and world.asked == []


def test_nothing_is_taken_while_the_broker_is_away(relay: Relay, world: World) -> None:
    world.rows, world.is_open = {"evt-1": b"{}"}, False
    relay._stopping = True
    relay._run()
    assert world.asked == [] and world.held == 0 and world.rows


def test_a_stop_before_the_service_was_ready_ends_it(relay: Relay, world: World) -> None:
    world.is_open = False
    asked: list[float] = []

    def wait(seconds: float) -> bool:
        asked.append(seconds)
        relay._stopping = len(asked) == 3
        return False

    relay._runtime.prepared = SimpleNamespace(wait=wait)  # type: ignore[assignment]
    relay._run()
    assert len(asked) == 3 and relay._ended.ready()


def test_a_lease_that_cannot_be_given_back_is_no_reason_to_stay(relay: Relay, world: World) -> None:
    world.release_fault = ConnectionError("away")
    with structlog.testing.capture_logs() as lines:
        run_until(relay, world, lambda: True)
    assert [line["event"] for line in lines] == ["lease_not_released"]
    relay._unlinked.send()
    relay.stop()
    assert world.closed
