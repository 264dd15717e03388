"""The business clock on the real primary: one time for all, moved only forward, never back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo import MongoClient

from plumbing import clock as module
from plumbing.clock import FixedClock, LocalClock, PrimaryClock, advance_clock, start_clock

Client = MongoClient[dict[str, Any]]


@pytest.fixture
def client(mongo_client: Client) -> Iterator[Client]:
    """A server whose clock is not moved."""
    mongo_client.drop_database(module.DATABASE)
    yield mongo_client
    mongo_client.drop_database(module.DATABASE)


def far(one: datetime, other: datetime) -> float:
    return abs((one - other).total_seconds())


def test_the_primary_tells_the_time(client: Client) -> None:
    now = PrimaryClock(client).now()
    assert far(now, datetime.now(UTC)) < 5
    assert now.tzinfo is UTC and now.microsecond % 1000 == 0


def test_a_naive_server_time_is_taken_as_utc(client: Client, mongo_url: str) -> None:
    with MongoClient[dict[str, Any]](mongo_url) as naive:
        assert far(PrimaryClock(naive).now(), datetime.now(UTC)) < 5


def test_it_is_carried_on_between_and_never_goes_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = PrimaryClock(client)
    first = clock.now()
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + 2)
    later = clock.now()
    assert far(first, later) == pytest.approx(2, abs=0.5)
    monkeypatch.setattr(time, "monotonic", lambda: begun + 1)
    assert clock.now() == later
    monkeypatch.setattr(time, "monotonic", lambda: begun + 60)
    assert clock.now() >= later  # asked again, and the primary's word counts, but not backwards


def test_an_answer_that_came_late_is_not_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    passed, stalls = [time.monotonic()], [0.0, 6.0, 0.0]

    class Stalled:
        """The real primary; whoever asks gets the processor back only after a while."""

        @property
        def admin(self) -> Stalled:
            return self

        def command(self, name: str) -> Any:
            answer = client.admin.command(name)
            passed[0] += stalls.pop(0)
            return answer

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    clock = PrimaryClock(Stalled())  # type: ignore[arg-type]
    first = clock.now()
    passed[0] += module.SYNCHRONISE_EVERY + 1
    # six seconds to the next question and six in which it was answered, but nobody listened
    assert far(clock.now(), first + timedelta(seconds=12)) < 1
    assert len(stalls) == 1
    passed[0] += module.ASK_AGAIN_AFTER + 0.1
    clock.now()
    assert stalls == []  # asked again soon


def test_the_first_answer_counts_however_late(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_ROUND", -1.0)
    assert far(PrimaryClock(client).now(), datetime.now(UTC)) < 5


def test_a_primary_that_falls_silent_is_carried_on(client: Client) -> None:
    away = MongoClient[dict[str, Any]]("mongodb://127.0.0.1:1/?replicaSet=x", serverSelectionTimeoutMS=50)
    with pytest.raises(module.PyMongoError):
        PrimaryClock(away).now()
    clock = PrimaryClock(client)
    first = clock.now()
    clock._client, clock._synchronised = away, -100.0
    assert 0 <= (clock.now() - first).total_seconds() < 5
    away.close()


def test_the_local_clock_is_moved_for_everybody(client: Client) -> None:
    clock, plain = LocalClock(client), PrimaryClock(client)
    assert far(clock.now(), plain.now()) < 2
    moved = advance_clock(client, by=timedelta(days=30))
    assert far(moved, plain.now() + timedelta(days=30)) < 3
    assert far(clock.now(), moved) < 3
    to = moved + timedelta(days=10)
    assert far(advance_clock(client, to=to), to) < 3
    assert far(clock.now(), to) < 3


def test_moves_of_one_name_are_one_move(client: Client) -> None:
    before = LocalClock(client).now()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: advance_clock(client, by=timedelta(days=1), once="cmd-1"), range(8)))
    assert far(LocalClock(client).now(), before + timedelta(days=1)) < 5
    to = before + timedelta(days=2)
    advance_clock(client, to=to, once="cmd-2")
    advance_clock(client, to=to, once="cmd-2")
    assert far(LocalClock(client).now(), to) < 5


@pytest.mark.parametrize(
    "step", [{}, {"by": timedelta(1), "to": datetime(2100, 1, 1, tzinfo=UTC)}, {"by": timedelta(-1)},
             {"to": datetime(2020, 1, 1, tzinfo=UTC)}],
)  # fmt: skip
def test_it_is_not_moved_back_or_unclearly(client: Client, step: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"back|tell"):
        advance_clock(client, **step)


@pytest.mark.parametrize("at", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)])
def test_it_begins_where_it_is_told_once(client: Client, at: datetime) -> None:
    start_clock(client, at)
    assert far(LocalClock(client).now(), at) < 3
    with pytest.raises(ValueError, match="already"):
        start_clock(client, at)


def test_the_fixed_clock_stands() -> None:
    clock = FixedClock(datetime(2026, 1, 1, 8, tzinfo=module.UTC))
    assert clock.now() == clock.now()
    assert clock.advance(days=1) == datetime(2026, 1, 2, 8, tzinfo=UTC)
    clock.set(datetime(2025, 1, 1, 0, 0, 0, 123456, tzinfo=UTC))
    assert clock.now().microsecond == 123000
