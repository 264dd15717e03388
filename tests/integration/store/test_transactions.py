"""Transactions: run again when the database asks for it, committed once when the answer got lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure

from contracts.errors import Unavailable
from plumbing.store import transactions
from plumbing.store.transactions import Abort, Sessions, run_transaction
from tests.support import ledger
from tests.support.harness import Harness

Commit = Callable[[ClientSession], None]


def failing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, label: str, times: int, *, before: bool = False
) -> list[int]:
    """Let the first commits fail with a labelled error, after (or before) the server has done them."""
    commit: Commit = ClientSession.commit_transaction
    asked: list[int] = []

    def commit_and_fail(session: ClientSession) -> None:
        asked.append(1)
        if not before:
            commit(session)
        if len(asked) <= times:
            error._error_labels = {label}  # type: ignore[attr-defined]
            raise error
        if before:
            commit(session)

    monkeypatch.setattr(ClientSession, "commit_transaction", commit_and_fail)
    return asked


def count(service: Harness) -> dict[str, Any]:
    return service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")


def test_a_lost_answer_to_a_commit_is_asked_again(service: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = failing(monkeypatch, AutoReconnect("gone"), transactions.UNKNOWN, 2)
    assert count(service)["value"] == 1
    assert len(asked) == 3
    assert service.rows("counters")[0]["value"] == 1


def test_a_commit_never_answered_is_found_by_its_row(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "LONGEST", 0.1)
    failing(monkeypatch, AutoReconnect("gone"), transactions.UNKNOWN, 1000)
    assert count(service)["value"] == 1
    assert len(service.emitted()) == 1


def test_an_outcome_never_learnt_is_unavailable_and_safe_to_repeat(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "LONGEST", 0.1)
    with monkeypatch.context() as broken:
        failing(broken, AutoReconnect("gone"), transactions.UNKNOWN, 1000, before=True)
        with pytest.raises(Unavailable):
            count(service)
    assert count(service)["value"] == 1
    assert len(service.emitted()) == 1


def test_a_commit_out_of_time_is_not_asked_for_ever(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = ExecutionTimeout("too slow", transactions.MAX_TIME_MS_EXPIRED)
    asked = failing(monkeypatch, expired, transactions.UNKNOWN, 1000, before=True)
    with pytest.raises(Unavailable):
        count(service)
    assert len(asked) == 1


def test_a_commit_that_was_undone_runs_all_again(service: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, OperationFailure("conflict"), transactions.TRANSIENT, 2, before=True)
    assert count(service)["value"] == 1
    assert len(service.emitted()) == 1


def test_conflicts_end_with_the_deadline(service: Harness) -> None:
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat())
    with service.store.client.start_session() as other, other.start_transaction():
        service.store.collection("counters").update_one({"_id": "a"}, {"$set": {"value": 7}}, session=other)
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            service.execute(
                ledger.count, {"counter_id": "a"}, service.secretariat(), deadline=time.monotonic() + 0.3
            )
        assert time.monotonic() - begun < 5
        other.abort_transaction()
    assert service.rows("counters")[0]["value"] == 1


def test_abort_leaves_nothing_and_returns_its_value(service: Harness) -> None:
    def body(session: ClientSession) -> str:
        service.store.collection("counters").insert_one({"_id": "a"}, session=session)
        raise Abort("value")

    assert run_transaction(service.sessions, body) == "value"
    assert service.rows("counters") == []


def test_a_session_is_used_again_but_not_an_old_one(
    service: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(service.store)
    first = sessions.take()
    sessions.give_back(first)
    assert sessions.take() is first
    sessions.give_back(first)
    later = time.monotonic() + 700
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert sessions.take() is not first


def test_a_session_stopped_from_outside_is_not_used_again(service: Harness) -> None:
    seen: list[ClientSession] = []

    def body(session: ClientSession) -> None:
        seen.append(session)
        service.store.collection("counters").insert_one({"_id": "a"}, session=session)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_transaction(service.sessions, body)
    assert seen[0].has_ended
    assert service.rows("counters") == []


def test_every_operation_belongs_to_its_transaction(service: Harness) -> None:
    """Nothing a bound collection offers reaches past the transaction."""

    def everything(tx: Any) -> None:
        rows = tx.collection("things")
        assert rows.name == "things"
        rows.insert_many([{"_id": place, "kind": "x"} for place in range(6)])
        rows.update_many({}, {"$set": {"kind": "y"}})
        assert rows.distinct("kind") == ["y"]
        assert rows.count_documents({"kind": "y"}) == 6
        assert [row["_id"] for row in rows.find({}, sort=[("_id", -1)], limit=1)] == [5]
        assert next(iter(rows.aggregate([{"$group": {"_id": "$kind", "n": {"$sum": 1}}}]))) == {
            "_id": "y",
            "n": 6,
        }
        assert rows.find_one_and_update({"_id": 0}, {"$set": {"kind": "z"}})["kind"] == "y"
        assert rows.find_one_and_replace({"_id": 0}, {"kind": "w"})["kind"] == "z"
        assert rows.find_one_and_delete({"_id": 0})["kind"] == "w"
        assert rows.delete_one({"_id": 1}).deleted_count == 1
        assert rows.delete_many({"_id": 2}).deleted_count == 1
        assert rows.replace_one({"_id": 3}, {"kind": "v"}).matched_count == 1
        assert rows.bulk_write([InsertOne({"_id": 9})]).inserted_count == 1
        assert rows.writes == 9
        assert service.rows("things") == []
        raise Abort

    from pymongo import InsertOne

    service.transact("x", everything)
    assert service.rows("things") == []
