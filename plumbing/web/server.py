"""A small HTTP server in a native thread: it answers while the hub is busy, and tells when it hangs."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

HUNG_AFTER = 120.0
"""Assignments and books go to child processes, so a hub without a turn for so long will not come back."""
SLOWEST_CLIENT = 3.0
"""Seconds for a request from its first byte to its last: one who drips must not keep others waiting."""
PAUSE = 0.1
LONGEST_REQUEST = 8_192


class Watched(Protocol):
    """What the server tells about."""

    turned: float

    def troubles(self) -> list[str]:
        """Return what keeps the process from being ready; empty when it is."""


def _native(name: str) -> Any:
    """Return a module as it was before eventlet replaced parts of it."""
    eventlet = sys.modules.get("eventlet")
    if eventlet is not None and eventlet.patcher.is_monkey_patched("socket"):
        return eventlet.patcher.original(name)
    return __import__(name)


class WebServer:
    """Answers /healthz, /readyz and /metrics; one request a connection, one connection at a time."""

    def __init__(self, host: str, port: int, watched: Watched) -> None:
        self._watched = watched
        socket = _native("socket")
        self._listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, port))
        self._listener.listen(64)
        self._closed = False
        self._rest = _native("time").sleep
        self.port: int = self._listener.getsockname()[1]
        self._pages: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
        }

    def start(self) -> None:
        """Begin to answer."""
        _native("_thread").start_new_thread(self._serve, ())

    def close(self) -> None:
        """Stop answering."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(2)
        self._listener.close()

    def _serve(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                # a client that left, no descriptor left: it passes, and health is asked for just then
                self._rest(PAUSE)
                continue
            with contextlib.suppress(OSError, ValueError), client:
                deadline = time.monotonic() + SLOWEST_CLIENT
                head = _read_head(client, deadline)
                client.settimeout(max(0.1, deadline - time.monotonic()))
                client.sendall(self._respond(head))

    def _respond(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0].decode("ascii", "replace")
        page = self._pages.get(path)
        if page is None:
            status, kind, body = 404, "text/plain", b"not found\n"
        elif method not in (b"GET", b"HEAD"):
            status, kind, body = 405, "text/plain", b"method not allowed\n"
        else:
            status, kind, body = _made(page)
        lines = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not OK'}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        )
        return lines.encode("ascii") + (b"" if method == b"HEAD" else body)

    def _healthz(self) -> tuple[int, str, bytes]:
        still = time.monotonic() - self._watched.turned
        alive = still < HUNG_AFTER
        return _json(200 if alive else 503, {"alive": alive, "hub_idle_seconds": round(still, 3)})

    def _readyz(self) -> tuple[int, str, bytes]:
        troubles = self._watched.troubles()
        return _json(503 if troubles else 200, {"ready": not troubles, "troubles": troubles})

    @staticmethod
    def _metrics() -> tuple[int, str, bytes]:
        return 200, CONTENT_TYPE_LATEST, generate_latest()


def _made(page: Callable[[], tuple[int, str, bytes]]) -> tuple[int, str, bytes]:
    """Return the page, or that it failed: whatever it stumbles over, the next one is served."""
    try:
        return page()
    except Exception as error:
        return _json(500, {"failed": type(error).__name__})


def _json(status: int, body: dict[str, Any]) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(body).encode() + b"\n"


def _read_head(client: Any, deadline: float) -> bytes:
    """Read up to the end of the request's head; ValueError when it is too long, or not there in time."""
    head = b""
    while b"\r\n\r\n" not in head:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ValueError("the request is too slow")
        client.settimeout(left)
        more = client.recv(4096)
        if not more:
            break
        head += more
        if len(head) > LONGEST_REQUEST:
            raise ValueError("the request is too long")
    return head
