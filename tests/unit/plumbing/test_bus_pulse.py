"""Heartbeats while the hub stands still: sent in time, never inside a frame, and not for a dead process."""

from __future__ import annotations

import importlib
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from amqp.transport import TCPTransport

from plumbing.bus import pulse
from plumbing.bus.pulse import FRAME, Pulse
from tests.support.waiting import until
from tests.unit.plumbing.threads import beside, none_named

HEARTBEAT = 0.04


class Looks(threading.Event):
    """The end of a pulse, which counts how often it was looked for: once a turn."""

    turns = 0

    def wait(self, timeout: float | None = None) -> bool:
        type(self).turns += 1
        return super().wait(timeout)


class Transport(TCPTransport):
    """A plain connection as the driver has one, over a socket as eventlet wraps it."""

    def __init__(self, native: Any) -> None:
        self.sock = SimpleNamespace(fd=native)
        self.before: Callable[[], Any] = lambda: None

    def _write(self, content: bytes) -> None:
        half = len(content) // 2
        self.sock.fd.sendall(content[:half])
        self.before()
        self.sock.fd.sendall(content[half:])

    def __del__(self) -> None:
        """Nothing to close: the test does."""


@pytest.fixture
def under_eventlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def original(name: str) -> Any:
        native = importlib.import_module(name)
        return SimpleNamespace(Lock=native.Lock, Thread=native.Thread, Event=Looks)

    patcher = SimpleNamespace(is_monkey_patched=lambda _what: True, original=original)
    monkeypatch.setitem(sys.modules, "eventlet", SimpleNamespace(patcher=patcher))
    Looks.turns = 0
    yield
    until(lambda: none_named("xinlv-pulse"), what="a pulse outlives its connection")


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, brokers = socket.socketpair()
    brokers.settimeout(10)
    with ours, brokers:
        yield ours, brokers


def begin(transport: Any, heartbeat: float = HEARTBEAT) -> Pulse:
    return Pulse(SimpleNamespace(transport=transport), heartbeat)


def is_silent(sock: socket.socket) -> bool:
    return not select.select([sock], [], [], 0)[0]


def some_turns() -> None:
    seen = Looks.turns
    until(lambda: Looks.turns > seen + 5)


def test_a_silent_connection_beats_until_it_is_stopped(under_eventlet: None, line: Any) -> None:
    ours, brokers = line
    pulsing = begin(Transport(ours))
    assert brokers.recv(8, socket.MSG_WAITALL) == FRAME
    assert brokers.recv(8, socket.MSG_WAITALL) == FRAME
    pulsing.stop()
    until(lambda: none_named("xinlv-pulse"))


def test_a_connection_in_use_needs_no_beat(under_eventlet: None, line: Any) -> None:
    ours, brokers = line
    pulsing = begin(Transport(ours))
    pulsing._over = 1000
    while not is_silent(brokers):
        brokers.recv(64)
    some_turns()
    assert is_silent(brokers)
    pulsing.stop()


def test_a_process_that_hangs_for_long_is_not_vouched_for(
    under_eventlet: None, line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, brokers = line
    monkeypatch.setattr(pulse, "LONGEST", -1.0)
    pulsing = begin(Transport(ours))
    some_turns()
    assert is_silent(brokers)
    monkeypatch.setattr(pulse, "LONGEST", 120.0)
    pulsing.turned -= 119
    assert brokers.recv(8, socket.MSG_WAITALL) == FRAME
    before = pulsing.turned
    pulsing.turn()
    assert pulsing.turned > before + 100
    pulsing.stop()


def test_no_beat_and_no_other_frame_comes_between_the_parts_of_one(under_eventlet: None, line: Any) -> None:
    ours, brokers = line
    transport = Transport(ours)
    go_on = threading.Event()
    transport.before = lambda: go_on.wait(10)
    pulsing = begin(transport, heartbeat=4000)
    pulsing._every = 0.005
    first, second = b"first-frame.", b"second-frame"
    # the thread waits for its first turn yet, which is long; so it is made to beat here
    with beside(lambda: transport._write(first), go_on.set):
        assert brokers.recv(6, socket.MSG_WAITALL) == first[:6]
        pulsing._over = -1
        with beside(pulsing._beat, pulsing.stop), beside(lambda: transport._write(second), go_on.set):
            some_turns()
            assert is_silent(brokers), "something came into the middle of a frame"
            go_on.set()
            said = b""
            while second not in said or FRAME not in said:
                said += brokers.recv(64)
    assert said.startswith(first[6:])
    assert said.replace(FRAME, b"") == first[6:] + second, "a beat came into the middle of a frame"


def test_a_frame_that_fails_lets_the_next_one_be_written(under_eventlet: None, line: Any) -> None:
    ours, brokers = line
    transport = Transport(ours)
    pulsing = begin(transport, heartbeat=4000)

    def fail() -> None:
        raise BrokenPipeError

    transport.before = fail
    with pytest.raises(BrokenPipeError):
        transport._write(b"ab")
    transport.before = lambda: None
    transport._write(b"cd")
    assert brokers.recv(3, socket.MSG_WAITALL) == b"acd"
    pulsing.stop()


def test_half_a_beat_breaks_the_connection_for_a_new_one(under_eventlet: None) -> None:
    class Full:
        """A socket whose buffer has room for three bytes more."""

        def __init__(self) -> None:
            self.closed: list[int] = []

        def send(self, frame: bytes, _flags: int) -> int:
            if self.closed:
                raise OSError("it is closed")
            return min(3, len(frame))

        def shutdown(self, how: int) -> None:
            self.closed.append(how)

    full = Full()
    pulsing = begin(Transport(full))
    assert until(lambda: full.closed) == [socket.SHUT_RDWR]
    some_turns()
    assert not none_named("xinlv-pulse"), "an error must not end it: the link does"
    pulsing.stop()


def test_elsewhere_no_thread_is_begun_and_writing_stays_as_it_was(line: Any) -> None:
    transport = Transport(line[0])
    pulsing = begin(transport)
    pulsing.turn()
    transport._write(b"ab")
    assert line[1].recv(2, socket.MSG_WAITALL) == b"ab"
    assert none_named("xinlv-pulse") and "_write" not in vars(transport)
    pulsing.stop()
