"""A question to the broker has an end: a silent connection is broken, one whose answer is there is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from plumbing.bus import link
from tests.support.waiting import until
from tests.unit.plumbing.threads import none_named

LIMIT = "xinlv-limit"


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, brokers = socket.socketpair()
    brokers.settimeout(10)
    with ours, brokers:
        yield ours, brokers
    until(lambda: none_named(LIMIT), what="the limit outlives what it limits")


def connection(sock: Any) -> Any:
    return SimpleNamespace(_transport=SimpleNamespace(sock=sock))


def test_a_silent_broker_is_given_up(line: Any, caplog: pytest.LogCaptureFixture) -> None:
    ours, brokers = line
    with link.limited(connection(ours), 0.02):
        assert ours.recv(1) == b"", "who waits for the answer must be let go"
    assert brokers.recv(1) == b""
    assert "did not answer within 0.02 s" in caplog.text


def test_an_answer_that_nobody_read_yet_is_no_silence(
    line: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ours, brokers = line
    asked: list[bool] = []
    arrived = link.has_arrived

    def count(sock: Any) -> bool:
        asked.append(arrived(sock))
        return asked[-1]

    monkeypatch.setattr(link, "has_arrived", count)
    brokers.sendall(b"answer")
    with link.limited(connection(ours), 0.01):
        until(lambda: len(asked) >= 3)
    assert ours.recv(6) == b"answer" and all(asked)
    ours.sendall(b"next")
    assert brokers.recv(4) == b"next" and not caplog.records


def test_a_connection_that_is_gone_needs_no_limit(line: Any, caplog: pytest.LogCaptureFixture) -> None:
    with link.limited(connection(None), 0.01):
        until(lambda: none_named(LIMIT))
    with link.limited(None, 0.01):
        until(lambda: none_named(LIMIT))
    assert not caplog.records


def test_a_broker_that_is_away_is_tried_again_until_the_link_is_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(link, "LONGEST_PAUSE", 0.01)
    losses: list[bool] = []

    def lost() -> None:
        losses.append(kept.is_open)
        if len(losses) == 3:
            kept.close()

    kept = link.Link("amqp://127.0.0.1:1/xinlv", "a test", lambda _connection: None, lost)
    kept.run()
    assert losses == [False] * 3
    assert caplog.text.count("broker lost by a test: ConnectionRefusedError") == 3
    kept.fail()  # nothing to break: nothing happens
