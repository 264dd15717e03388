"""The relay's store side: order, marks under a lease, depth and age; leases by the server's clock."""

from __future__ import annotations

import pytest

from plumbing.store.leases import LeaseLost, Leases
from plumbing.store.outbox import event_of
from tests.support import ledger
from tests.support.harness import Harness


def expire(service: Harness, name: str) -> None:
    service.store.collection("leases").update_one({"_id": name}, [{"$set": {"until": "$$NOW"}}])


def test_rows_are_taken_marked_and_gone(service: Harness) -> None:
    for name in ("b", "a", "b", "a"):
        service.execute(ledger.count, {"counter_id": name}, service.secretariat())
    assert service.outbox.depth() == 4
    assert 0 <= service.outbox.oldest_age() < 60
    lease = service.leases.acquire("relay")
    assert lease
    rows = service.outbox.take(limit=10)
    assert [(row["subject"], row["sequence"]) for row in rows] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert rows[0]["exchange"] == "notify.events" and rows[0]["routing_key"] == "AnnouncementPublished"
    assert event_of(rows[0]).subject == "a"
    assert len(service.outbox.take(limit=3)) == 3
    assert service.outbox.mark([rows[0]["_id"], rows[1]["_id"]], lease) == 2
    assert service.outbox.mark([rows[0]["_id"]], lease) == 0
    assert service.outbox.mark([], lease) == 0
    assert [row["_id"] for row in service.outbox.take()] == [rows[2]["_id"], rows[3]["_id"]]
    service.outbox.mark([row["_id"] for row in rows], lease)
    assert (service.outbox.depth(), service.outbox.oldest_age()) == (0, 0.0)


def test_a_relay_that_lost_its_lease_marks_nothing(service: Harness) -> None:
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat())
    other = Leases(service.store, "other")
    ours = service.leases.acquire("relay")
    assert ours and other.acquire("relay") is None
    expire(service, "relay")
    theirs = other.acquire("relay")
    assert theirs and theirs.token == ours.token + 1
    ids = [row["_id"] for row in service.outbox.take()]
    with pytest.raises(LeaseLost):
        service.outbox.mark(ids, ours)
    assert service.outbox.depth() == 1
    assert service.outbox.mark(ids, theirs) == 1


def test_a_lease_is_made_longer_given_back_and_taken(service: Harness) -> None:
    other = Leases(service.store, "other")
    first = service.leases.acquire("x")
    again = service.leases.acquire("x")
    assert first and again == first
    other.release(first)  # the name and the token do not make it theirs
    service.leases.release(first)
    theirs = other.acquire("x")
    assert theirs and theirs.token > first.token
    service.leases.release(first)
    assert service.leases.acquire("x") is None
    assert service.leases.acquire("y") is not None


def test_of_many_who_want_a_lease_one_gets_it(service: Harness) -> None:
    from concurrent.futures import ThreadPoolExecutor

    holders = [Leases(service.store, f"holder-{place}") for place in range(12)]
    with ThreadPoolExecutor(12) as pool:
        given = [lease for lease in pool.map(lambda leases: leases.acquire("x"), holders) if lease]
    assert len(given) == 1


def test_a_loop_runs_on_one_replica(service: Harness) -> None:
    assert service.run_loop("tick") == 1
    other = Leases(service.store, "other")
    expire(service, "loop:tick")
    assert other.acquire("loop:tick")
    assert service.run_loop("tick") == 0
    assert len(service.rows("ticks")) == 1


def test_commits_wake_the_relay_and_the_jobs(service: Harness) -> None:
    woken: list[str] = []
    service.wake = lambda: woken.append("relay")
    service.wake_jobs = lambda: woken.append("jobs")
    service.execute(ledger.count, {"counter_id": "a", "dry_run": True}, service.secretariat())
    assert woken == []
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat())
    service.execute(ledger.count_many, {"counter_id": "a", "rows": 1}, service.secretariat())
    assert woken == ["relay", "jobs"]
    assert len(service.emitted("AnnouncementPublished")) == len(service.emitted()) == 1
    assert service.emitted("CaseSubmitted") == []
