"""Readiness and gauges: not ready before the indexes stand, nor while the database is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import eventlet
import pytest
import structlog
from prometheus_client import REGISTRY

from plumbing.bus import watch as watching
from plumbing.bus.runtime import Runtime
from plumbing.bus.watch import Watch
from tests.support.waiting import until
from tests.unit.plumbing.threads import a_runtime, beside

NOT_MADE = "database: indexes are not made yet"
AWAY = "database: does not answer"


class Database:
    """An executor over a database that is away as long as a test wants."""

    def __init__(self) -> None:
        self.away = True
        self.prepared = 0
        self.asked = 0
        self.outbox = self.store = self

    def _answer(self, value: float) -> float:
        self.asked += 1
        if self.away:
            raise ConnectionError("the database is away")
        return value

    def prepare(self) -> None:
        self._answer(0)
        self.prepared += 1

    def depth(self) -> float:
        return self._answer(12)

    def oldest_age(self) -> float:
        return self._answer(3.5)

    def collection(self, _name: str) -> Any:
        return SimpleNamespace(count_documents=lambda _query: self._answer(2))


class Broker:
    """A link whose broker has eight messages in the inbox and one parked."""

    closed = False

    def order(self, act: Any) -> None:
        act(SimpleNamespace(channel=lambda: self))

    def queue_declare(self, queue: str, passive: bool) -> Any:
        assert passive, "a watcher makes no queues"
        return SimpleNamespace(message_count={"review.inbox": 8, "review.parked": 1}[queue])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def runtime(database: Database) -> Runtime:
    return a_runtime(database)


@pytest.fixture
def watch(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """A watch whose seconds pass in milliseconds."""
    begun = time.monotonic()
    clock = SimpleNamespace(monotonic=lambda: begun + (time.monotonic() - begun) * 1000)
    monkeypatch.setattr(watching, "time", clock)
    monkeypatch.setattr(eventlet, "sleep", lambda seconds: time.sleep(seconds / 1000))
    made = Watch(runtime)
    monkeypatch.setattr(made, "_link", Broker())
    runtime.links.clear()
    yield made
    made.stop()
    assert made._link.closed  # type: ignore[attr-defined]


def told(gauge: str) -> float | None:
    return REGISTRY.get_sample_value(gauge)


def test_it_is_ready_as_soon_as_the_database_has_its_indexes(
    watch: Watch, runtime: Runtime, database: Database
) -> None:
    with beside(watch._run, watch.stop):
        until(lambda: database.asked >= 3)
        assert runtime.troubles() == [AWAY, NOT_MADE]
        database.away = False
        until(lambda: not runtime.troubles())
        until(lambda: told("xinlv_ready") == 1)
        assert database.prepared == 1


def test_a_database_that_goes_away_and_comes_back_is_told(
    watch: Watch, runtime: Runtime, database: Database
) -> None:
    database.away = False
    with structlog.testing.capture_logs() as lines, beside(watch._run, watch.stop):
        until(lambda: told("xinlv_ready") == 1 and not runtime.troubles())
        database.away = True
        until(lambda: runtime.troubles() == [AWAY] and told("xinlv_ready") == 0)
        asked = database.asked
        until(lambda: database.asked > asked + 3)
        database.away = False
        until(lambda: told("xinlv_ready") == 1 and not runtime.troubles())
    lost = [line for line in lines if line["event"] == "database_lost"]
    assert [line["error"] for line in lost] == ["ConnectionError"], "one line a loss, not one a look"


def test_a_stop_before_the_database_came_ends_it(watch: Watch, runtime: Runtime, database: Database) -> None:
    with beside(watch._run, watch.stop):
        until(lambda: database.asked >= 1)
    assert runtime.troubles() == [AWAY, NOT_MADE]


def test_the_gauges_say_what_waits(watch: Watch, database: Database) -> None:
    database.away = False
    watch._look()
    gauges = ("outbox_depth", "outbox_oldest_seconds", "jobs_open", "inbox_depth", "parked")
    assert [told(f"xinlv_{name}") for name in gauges] == [12, 3.5, 2, 8, 1]


def test_every_turn_of_the_hub_is_noted_for_the_health_check(watch: Watch, runtime: Runtime) -> None:
    runtime.turned = 0.0
    with beside(watch._turn, watch.stop):
        first = until(lambda: runtime.turned)
        until(lambda: runtime.turned > first)
