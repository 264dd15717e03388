"""Health and metrics over HTTP."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from plumbing.web import server
from tests.unit.plumbing.threads import beside


class Process:
    """A process in whatever state a test wants."""

    def __init__(self) -> None:
        self.turned = time.monotonic()
        self.found: list[str] = []

    def troubles(self) -> list[str]:
        return self.found


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def web(process: Process) -> Iterator[server.WebServer]:
    web = server.WebServer("127.0.0.1", 0, process)
    yield web
    web.close()


@pytest.fixture
def serving(web: server.WebServer) -> Iterator[threading.Thread]:
    # on a thread that can be measured and waited for; start() takes one that threading does not know
    with beside(web._serve, web.close) as thread:
        yield thread


@pytest.fixture
def ask(web: server.WebServer, serving: threading.Thread) -> Any:
    return asking(web)


def asking(web: server.WebServer) -> Any:
    def send(request: str) -> str:
        with socket.create_connection(("127.0.0.1", web.port), timeout=10) as client:
            client.sendall(request.encode())
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while more := client.recv(65536):
                answer += more
        return answer.decode()

    return send


def get(ask: Any, path: str, method: str = "GET") -> str:
    return ask(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n")


def test_readiness_says_what_is_missing(ask: Any, process: Process) -> None:
    assert get(ask, "/readyz").startswith("HTTP/1.1 200")
    process.found = ["broker: rpc link is down"]
    answer = get(ask, "/readyz?verbose")
    assert answer.startswith("HTTP/1.1 503") and "rpc link is down" in answer


def test_a_page_that_fails_is_told_and_the_next_one_is_served(ask: Any, process: Process) -> None:
    process.troubles = lambda: [][0]  # type: ignore[method-assign]
    assert ask("GET /readyz HTTP/1.1\r\n\r\n").startswith("HTTP/1.1 500")
    assert "IndexError" in ask("GET /readyz HTTP/1.1\r\n\r\n")
    assert ask("GET /healthz HTTP/1.1\r\n\r\n").startswith("HTTP/1.1 200")


def test_a_hub_that_hangs_is_not_alive(ask: Any, process: Process) -> None:
    assert get(ask, "/healthz").startswith("HTTP/1.1 200")
    process.turned -= server.HUNG_AFTER + 1
    assert get(ask, "/healthz").startswith("HTTP/1.1 503")


def test_metrics_are_told(ask: Any) -> None:
    from plumbing.web import metrics

    metrics.RPC.labels("submit_case", "ok").inc()
    assert 'xinlv_rpc_total{method="submit_case",outcome="ok"}' in get(ask, "/metrics")


def test_other_paths_and_methods_are_refused(ask: Any) -> None:
    assert get(ask, "/").startswith("HTTP/1.1 404")
    assert get(ask, "/readyz", "POST").startswith("HTTP/1.1 405")
    head = get(ask, "/readyz", "HEAD")
    assert head.startswith("HTTP/1.1 200") and head.endswith("\r\n\r\n")


@pytest.mark.parametrize("request_", ["", "\x00\x01", "GET", "GET /readyz", "A" * 20_000])
def test_rubbish_ends_and_the_next_one_is_served(ask: Any, request_: str) -> None:
    with contextlib.suppress(OSError):
        ask(request_)
    assert get(ask, "/healthz").startswith("HTTP/1.1 200")


def test_one_who_drips_is_cut_off(ask: Any, web: server.WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SLOWEST_CLIENT", 0.5)
    over = threading.Event()

    def drip() -> None:
        with socket.create_connection(("127.0.0.1", web.port), timeout=10) as client:
            while not over.wait(0.1):
                with contextlib.suppress(OSError):
                    client.send(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        started = time.monotonic()
        for _ in range(3):
            assert get(ask, "/healthz").startswith("HTTP/1.1 200")
        assert time.monotonic() - started < 5
    finally:
        over.set()
        dripping.join()


def test_it_outlives_a_connection_that_cannot_be_taken(
    web: server.WebServer, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Exhausted:
        """The listener, for which the process has no descriptor at first."""

        def __init__(self, listener: Any) -> None:
            self._listener = listener
            self.failures = 2

        def accept(self) -> Any:
            if self.failures:
                self.failures -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self._listener.accept()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._listener, name)

    assert get(ask, "/healthz").startswith("HTTP/1.1 200")
    exhausted = Exhausted(web._listener)
    monkeypatch.setattr(web, "_listener", exhausted)
    # the first is still taken by the accept that waits
    for _ in range(3):
        assert get(ask, "/healthz").startswith("HTTP/1.1 200")
    assert exhausted.failures == 0


def test_started_it_answers_beside_everything_else(web: server.WebServer) -> None:
    web.start()
    assert get(asking(web), "/healthz").startswith("HTTP/1.1 200")


def test_a_request_in_pieces_is_one_request(web: server.WebServer, serving: threading.Thread) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (b"GET /rea", b"dyz HTTP/1.1\r\n", b"\r\n"):
            client.sendall(piece)
        with client.makefile("rb") as answer:
            assert answer.readline() == b"HTTP/1.1 200 OK\r\n"


def test_closed_it_ends_and_takes_no_one_any_more(web: server.WebServer, serving: threading.Thread) -> None:
    assert get(asking(web), "/healthz").startswith("HTTP/1.1 200")
    web.close()
    serving.join(10)
    assert not serving.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", web.port), timeout=10)
