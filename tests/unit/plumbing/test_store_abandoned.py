"""Transactions of dead processes are ended; those of the living, however long they rest, are not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from plumbing.store.abandoned import end_abandoned


class Server:
    """A database server with resting transactions and open connections; it notes which sessions it ends."""

    def __init__(self, resting: dict[str, int], connected: set[int], error: int = 0) -> None:
        self.resting = resting
        self.connected = connected
        self.error = error
        self.ended: list[str] = []
        self.wanted: dict[str, Any] = {}
        metadata = {"application": {"name": "xinlv-review"}}
        pool = SimpleNamespace(metadata=metadata)
        self.client = SimpleNamespace(
            get_database=lambda _name, read_concern: self, options=SimpleNamespace(pool_options=pool)
        )

    def aggregate(self, pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.error:
            raise OperationFailure("no", self.error)
        if "idleSessions" not in pipeline[0]["$currentOp"]:
            return [{"connectionId": number} for number in sorted(self.connected)]
        self.wanted = pipeline[1]["$match"]
        return [{"lsid": {"id": name}, "connectionId": number} for name, number in self.resting.items()]

    def command(self, name: str, sessions: list[dict[str, str]]) -> None:
        assert name == "killSessions"
        self.ended += [session["id"] for session in sessions]


def end(server: Server) -> int:
    return end_abandoned(server, idle_seconds=2.0)  # type: ignore[arg-type]


def test_only_what_no_connection_holds_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    server = Server({"dead": 7, "alive": 8}, connected={8, 9})
    assert end(server) == 1 and server.ended == ["dead"]
    assert "1 transactions were abandoned" in caplog.text
    assert server.wanted["clientMetadata.application.name"] == "xinlv-review"
    assert server.wanted["transaction.timeInactiveMicros"] == {"$gte": 2_000_000}


def test_nothing_is_ended_while_all_are_held(caplog: pytest.LogCaptureFixture) -> None:
    server = Server({"slow": 8}, connected={8})
    assert end(server) == 0 and server.ended == [] and not caplog.records


def test_nothing_rests_and_nothing_is_ended() -> None:
    server = Server({}, connected={8})
    assert end(server) == 0 and server.ended == []


def test_a_server_that_hides_it_is_left_alone() -> None:
    assert end(Server({"dead": 7}, set(), error=13)) == 0


def test_another_fault_of_the_server_is_told() -> None:
    with pytest.raises(OperationFailure):
        end(Server({"dead": 7}, set(), error=11600))
