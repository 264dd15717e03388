"""Events: each reaction once for each event, and no event that suffers for its neighbours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from contracts.errors import Unavailable
from contracts.events import Event, EventType, registration
from contracts.events.kinds import _EVENTS
from contracts.words import Audience
from plumbing.store import transactions
from plumbing.store.executor import Executor
from plumbing.store.inbox import Status
from plumbing.store.tx import Work
from tests.support import ledger
from tests.support.harness import Harness


def told(service: Harness, name: str, sequence: int = 1, title: str = "") -> Event:
    return service.event(ledger.AnnouncementPublished, name, sequence, ledger.announcement(title or name))


def added(service: Harness) -> int:
    rows = service.rows("added")
    return rows[0]["count"] if rows else 0


def test_a_batch_is_handled_once(service: Harness) -> None:
    events = [told(service, f"a-{place}") for place in range(50)]
    assert {outcome.status for outcome in service.handle(events)} == {Status.HANDLED}
    assert {outcome.status for outcome in service.handle(events)} == {Status.REPEATED}
    assert [outcome.event_id for outcome in service.handle(events)] == [event.id for event in events]
    assert added(service) == 50
    assert len(service.rows("copies")) == 50
    assert len(service.rows("inbox")) == 100


def test_the_same_event_twice_in_one_batch(service: Harness) -> None:
    event, other = told(service, "a"), told(service, "refused")
    outcomes = service.handle([event, other, event, other])
    assert [outcome.status for outcome in outcomes] == [
        Status.HANDLED, Status.FAILED, Status.REPEATED, Status.FAILED,
    ]  # fmt: skip
    assert added(service) == 1


def test_one_that_fails_leaves_its_neighbours_alone(service: Harness) -> None:
    names = ["a", "refused", "b", "early", "c", "broken"]
    outcomes = service.handle([told(service, name) for name in names])
    assert [outcome.status for outcome in outcomes] == [
        Status.HANDLED, Status.FAILED, Status.HANDLED, Status.NOT_YET, Status.HANDLED, Status.FAILED,
    ]  # fmt: skip
    assert [outcome.reason for outcome in outcomes][1::2] == [
        "add: Conflict: No.", "add: Not there yet.", "add: ZeroDivisionError",
    ]  # fmt: skip
    assert added(service) == 3
    # the reaction beside the one that failed was not held up, and is not repeated
    assert len(service.rows("copies")) == 6
    assert len(service.rows("inbox", {"reaction": "remember"})) == 6


def test_many_that_fail_are_taken_one_by_one(service: Harness) -> None:
    outcomes = service.handle(
        [told(service, f"{name}-{n}") for n in range(6) for name in ("refused", "good")]
    )
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.HANDLED] * 6
    assert added(service) == 6


def test_what_was_not_there_yet_arrives(service: Harness) -> None:
    early = told(service, "early")
    assert service.handle([early])[0].status is Status.NOT_YET
    service.handle([told(service, "arrived")])
    assert service.handle([early])[0].status is Status.HANDLED
    assert service.handle([early])[0].status is Status.REPEATED


def test_the_same_batch_at_once_is_handled_once(service: Harness) -> None:
    events = [told(service, f"a-{place}") for place in range(20)]
    with ThreadPoolExecutor(4) as pool:
        batches = [answer.result() for answer in [pool.submit(service.handle, events) for _ in range(4)]]
    assert {outcome.status for batch in batches for outcome in batch} <= {Status.HANDLED, Status.REPEATED}
    assert added(service) == 20


def test_nothing_reacts_to_other_events(service: Harness) -> None:
    data = {
        "edition_id": "third", "version": 1, "window": "signup", "reason": "why",
        **dict.fromkeys(("old_opens_at", "old_closes_at", "opens_at", "closes_at"), service.clock.now()),
    }  # fmt: skip
    other = service.event(registration.ScheduleMoved, "third", 1, data)
    assert service.handle([other])[0].status is Status.UNWANTED
    assert service.rows("inbox") == []


def test_a_copy_keeps_the_newest_state(service: Harness) -> None:
    for sequence, title in ((2, "two"), (1, "one"), (2, "again"), (5, "five"), (4, "four")):
        service.handle([told(service, "a", sequence, title)])
    [copy] = service.rows("copies")
    assert copy == {"_id": "a", "sequence": 5, "title": "five"}


def test_copies_keep_words_that_look_like_commands(service: Harness) -> None:
    event = told(service, "a")
    service.handle([replace(event, data={**event.data, "announcement_id": "$title"})])
    assert service.rows("copies")[0]["title"] == "$title"


def test_an_old_version_is_read_as_the_newest(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ledger.AnnouncementPublished

    def upcast(data: dict[str, object]) -> dict[str, object]:
        return {**data, "announcement_id": data["announcement_id"] + "-new"}  # type: ignore[operator]

    newer = EventType("notify", "AnnouncementPublished", 2, Audience.PUBLIC, "announcement", "…", old.data,
                      upcast=upcast)  # fmt: skip
    monkeypatch.setitem(_EVENTS, newer.type, newer)
    service._reactions[newer.type] = (ledger.remember,)
    event = told(service, "a")
    broken = replace(told(service, "b"), data={})
    assert [outcome.status for outcome in service.handle([event, broken, broken])] == [
        Status.HANDLED, Status.FAILED, Status.FAILED,
    ]  # fmt: skip
    assert [row["title"] for row in service.rows("copies")] == ["a-new"]


def test_a_database_that_is_away_puts_events_off(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "LONGEST", 0.2)
    away = MongoClient("mongodb://127.0.0.1:1/?replicaSet=x", serverSelectionTimeoutMS=50)
    executor = Executor(ledger.SERVICE, away["nothing"], service.parts)
    events = [told(service, "a"), told(service, "b"), told(service, "a")]
    for batch in (events, events[:1]):
        outcomes = executor.handle(batch)
        assert {outcome.status for outcome in outcomes} == {Status.RETRY}
    with pytest.raises(Unavailable):
        executor.execute(ledger.count, {"counter_id": "a"}, service.secretariat())
    away.close()


def test_attempts_are_counted_until_they_end(service: Harness) -> None:
    assert [service.attempts.begin("evt-1") for _ in range(3)] == [1, 2, 3]
    service.attempts.finish("evt-1")
    assert service.attempts.begin("evt-1") == 1


def test_a_batch_that_fails_as_a_whole_is_taken_one_by_one(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, calls = Work.flush, []

    def fail_for_many(work: Work) -> None:
        calls.append(len(work._bound))
        if len(calls) == 1:
            raise OperationFailure("too much at once")
        if len(calls) == 3:
            raise OperationFailure("no")
        flush(work)

    monkeypatch.setattr(Work, "flush", fail_for_many)
    outcomes = service.handle([told(service, "a"), told(service, "b")])
    assert [outcome.status for outcome in outcomes] == [Status.RETRY, Status.HANDLED]
    assert added(service) == 1
