"""Small commands that come at once share a transaction, and nobody can tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect

from contracts.errors import Conflict, InvalidInput
from plumbing.store import commanding, sharing, transactions
from plumbing.store.outbox import event_of
from tests.support import ledger
from tests.support.harness import Harness
from tests.support.waiting import until

Ask = tuple[Any, dict[str, Any], str]


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each transaction that was committed."""
    commit: Callable[[ClientSession], None] = ClientSession.commit_transaction
    done: list[int] = []

    def count_commits(session: ClientSession) -> None:
        commit(session)
        done.append(1)

    monkeypatch.setattr(ClientSession, "commit_transaction", count_commits)
    return done


@pytest.fixture(autouse=True)
def no_holds() -> Iterator[None]:
    """Leave nothing behind that holds others up."""
    yield
    ledger.holds.clear()


def run_behind(service: Harness, asked: Sequence[Ask]) -> list[Future[dict[str, Any]]]:
    """Have commands come, in order, while one is being done; return their futures when all have ended."""
    gate = threading.Event()
    ledger.holds.append(lambda counter: gate.wait(20) if counter == "leader" else None)
    waiting = service._commanding._sharing._waiting
    with ThreadPoolExecutor(len(asked) + 1) as pool:
        leader = pool.submit(
            service.execute, ledger.count_small, {"counter_id": "leader"}, service.secretariat(), "lead"
        )
        until(lambda: service._commanding._sharing._busy)
        ended = []
        for place, (method, given, command_id) in enumerate(asked):
            ended.append(pool.submit(service.execute, method, given, service.secretariat(), command_id))
            until(lambda place=place: len(waiting) == place + 1)  # type: ignore[misc]
        gate.set()
        leader.result(20)
    return ended


def small(counter: str, command_id: str, **more: Any) -> Ask:
    return ledger.count_small, {"counter_id": counter, **more}, command_id


def values(service: Harness) -> dict[str, int]:
    return {row["_id"]: row["value"] for row in service.rows("counters") if row["_id"] != "leader"}


def told_rows(service: Harness) -> dict[str, tuple[int, int]]:
    """How many events and audit rows each command left."""
    events = [event.causation_id for event in map(event_of, service.rows("outbox"))]
    audits = [row["details"]["command"].split("|")[1] for row in service.rows("audit")]
    return {name: (events.count(name), audits.count(name)) for name in {*events, *audits} - {"lead"}}


def test_those_who_come_at_once_share_one(service: Harness, committed: list[int]) -> None:
    ended = run_behind(service, [small("a" if turn % 2 else "b", f"c-{turn}") for turn in range(10)])
    assert [answer.result()["value"] for answer in ended] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert values(service) == {"a": 5, "b": 5}
    assert told_rows(service) == {f"c-{turn}": (1, 1) for turn in range(10)}
    assert len(committed) == 2  # the leader's own, and the others'


def test_each_row_is_as_if_it_had_come_alone(service: Harness) -> None:
    run_behind(service, [small("a", "c-1", reason="first"), small("b", "c-2", reason="second")])
    commands = {row["_id"].split("|")[1]: row for row in service.rows("commands")}
    audits = {row["_id"]: row for row in service.rows("audit")}
    for name, counter, reason in (("c-1", "a", "first"), ("c-2", "b", "second")):
        audit = audits[commands[name]["audit_id"]]
        assert (audit["subject"], audit["reason"], audit["correlation_id"]) == (counter, reason, name)
        [event] = [event for event in map(event_of, service.rows("outbox")) if event.subject == counter]
        assert commands[name]["events"] == [event.id] and event.correlation_id == name


def test_no_more_than_so_many_share_one(
    service: Harness, committed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST", 4)
    ended = run_behind(service, [small("a", f"c-{turn}") for turn in range(9)])
    assert [answer.result()["value"] for answer in ended] == list(range(1, 10))
    assert len(committed) == 1 + 3


def test_who_is_refused_before_writing_does_not_disturb(service: Harness, committed: list[int]) -> None:
    first = ledger.count_small_first
    asked = [small("a", "c-1"), (first, {"counter_id": "a"}, "c-2"), (first, {"counter_id": "b"}, "c-3")]
    one, two, three = run_behind(service, asked)
    assert (one.result()["value"], three.result()["value"]) == (1, 1)
    with pytest.raises(Conflict):
        two.result()
    assert told_rows(service) == {"c-1": (1, 1), "c-3": (1, 1)}
    assert len(committed) == 2


@pytest.mark.parametrize("place", range(4))
def test_who_is_refused_after_writing_takes_nobody_along(service: Harness, place: int) -> None:
    asked = [small("a", f"c-{turn}", refuse=turn == place) for turn in range(4)]
    ended = run_behind(service, asked)
    with pytest.raises(Conflict):
        ended[place].result()
    assert sorted(answer.result()["value"] for turn, answer in enumerate(ended) if turn != place) == [1, 2, 3]
    assert values(service) == {"a": 3}
    assert told_rows(service) == {f"c-{turn}": (1, 1) for turn in range(4) if turn != place}


def test_a_fault_of_ours_is_its_own_commands_only(service: Harness) -> None:
    def break_it(counter: str) -> None:
        if counter == "broken":
            raise ZeroDivisionError("a fault of ours")

    ledger.holds.append(break_it)
    one, two, three = run_behind(service, [small("a", "c-1"), small("broken", "c-2"), small("a", "c-3")])
    assert [one.result()["value"], three.result()["value"]] == [1, 2]
    with pytest.raises(ZeroDivisionError):
        two.result()


def test_the_same_command_twice_has_one_effect(service: Harness) -> None:
    asked = [small("a", "c-1"), small("b", "c-2"), small("a", "c-1"), small("a", "c-1")]
    ended = run_behind(service, asked)
    assert [answer.result()["value"] for answer in ended] == [1, 1, 1, 1]
    assert values(service) == {"a": 1, "b": 1}
    assert told_rows(service) == {"c-1": (1, 1), "c-2": (1, 1)}


@pytest.mark.parametrize("here", [True, False], ids=["here", "by another replica"])
def test_one_that_was_done_before_tells_what_it_did(service: Harness, here: bool) -> None:
    doer = service if here else Harness(service.service, service.store.database, service.parts, service.clock)
    doer.execute(ledger.count_small, {"counter_id": "a"}, service.secretariat(), "c-1")
    for _ in range(2):
        one, two = run_behind(service, [small("a", "c-1"), small("a", "c-2")])
        assert [one.result()["value"], two.result()["value"]] == [1, 2]


def test_an_id_used_for_something_else_is_a_conflict_for_that_one(service: Harness) -> None:
    one, two, three = run_behind(service, [small("a", "c-1"), small("a", "c-1", by=5), small("b", "c-3")])
    with pytest.raises(Conflict):
        two.result()
    assert [one.result()["value"], three.result()["value"]] == [1, 1]


def test_dry_runs_and_bad_input_share_nothing(service: Harness) -> None:
    asked = [small("a", "c-1"), small("a", "c-2")]
    with ThreadPoolExecutor(1) as pool:
        dry = pool.submit(
            service.execute, ledger.count_small, {"counter_id": "a", "dry_run": True}, service.secretariat()
        )
        ended = run_behind(service, asked)
        assert dry.result()["value"] >= 1
    with pytest.raises(InvalidInput):
        service.execute(ledger.count_small, {"counter_id": 7}, service.secretariat())
    assert [answer.result()["value"] for answer in ended] == [1, 2]


@pytest.mark.parametrize(("label", "done"), [
    # the server calls transient only what it undid
    (transactions.UNKNOWN, True), (transactions.UNKNOWN, False), (transactions.TRANSIENT, False),
])  # fmt: skip
def test_a_lost_commit_leaves_one_effect_each(
    service: Harness, monkeypatch: pytest.MonkeyPatch, label: str, done: bool
) -> None:
    """Whatever the database says of a shared commit, each of them is done once."""
    monkeypatch.setattr(commanding, "LONGEST_TRY", 0.0)
    commit: Callable[[ClientSession], None] = ClientSession.commit_transaction
    commits: list[int] = []

    def fail_second(session: ClientSession) -> None:
        commits.append(1)
        if len(commits) != 2:
            commit(session)
            return
        if done:
            commit(session)
        error = AutoReconnect("gone")
        error._error_labels = {label}
        raise error

    monkeypatch.setattr(ClientSession, "commit_transaction", fail_second)
    ended = run_behind(service, [small("a", f"c-{turn}") for turn in range(4)])
    assert sorted(answer.result()["value"] for answer in ended) == [1, 2, 3, 4]
    assert values(service) == {"a": 4}
    assert told_rows(service) == {f"c-{turn}": (1, 1) for turn in range(4)}


def test_a_repeat_costs_the_others_nothing(service: Harness, committed: list[int]) -> None:
    service.execute(ledger.count_small, {"counter_id": "a"}, service.secretariat(), "c-0")
    asked = [small("a", "c-0"), small("a", "c-1"), small("b", "c-2"), small("b", "c-2")]
    ended = run_behind(service, asked)
    assert [answer.result()["value"] for answer in ended] == [1, 2, 1, 1]
    assert told_rows(service) == {"c-0": (1, 1), "c-1": (1, 1), "c-2": (1, 1)}
    assert len(committed) == 3  # the first one's, the leader's, and the batch's: repeats collide


def test_a_slow_one_does_not_hold_up_the_others(service: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PATIENCE", 0.05)
    gate = threading.Event()
    ledger.holds.append(lambda counter: gate.wait(20) if counter == "leader" else None)
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(
            service.execute, ledger.count_small, {"counter_id": "leader"}, service.secretariat(), "lead"
        )
        until(lambda: service._commanding._sharing._busy)
        for turn in range(3):
            done = service.execute(
                ledger.count_small, {"counter_id": "a"}, service.secretariat(), f"c-{turn}"
            )
            assert done["value"] == turn + 1
        gate.set()
        leader.result(20)


def test_two_replicas_share_each_for_itself(service: Harness) -> None:
    other = Harness(service.service, service.store.database, service.parts, service.clock)

    def ask(number: int) -> None:
        replica = (service, other)[number % 2]
        given = {"counter_id": f"n-{number % 3}"}
        replica.execute(ledger.count_small, given, service.secretariat(), f"c-{number}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(160)))
    assert sum(values(service).values()) == len(service.emitted()) == len(service.rows("commands")) == 160


def test_many_at_once_each_count(service: Harness) -> None:
    def ask(number: int) -> None:
        given = {"counter_id": f"n-{number % 3}"}
        service.execute(ledger.count_small, given, service.secretariat(), f"c-{number}")

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(ask, [turn // 2 for turn in range(240)]))
    assert sum(values(service).values()) == len(service.emitted()) == len(service.rows("commands")) == 120
