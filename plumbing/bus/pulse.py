"""Heartbeats from a native thread, for while a handler keeps the processor and the hub stands still.

Without them the broker closes the connection after twice the heartbeat and gives what is in work to others.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from typing import Any

import amqp
from amqp.transport import TCPTransport

FRAME = b"\x08\x00\x00\x00\x00\x00\x00\xce"
LONGEST = 120.0
"""A process that stands still for longer is no longer vouched for; its health check says the same."""


class Pulse:
    """The heartbeat of one plain TCP connection under eventlet; elsewhere threads hinder no one."""

    def __init__(self, connection: amqp.Connection, heartbeat: float) -> None:
        self._every = heartbeat / 4
        self._over = heartbeat / 2
        self.turned = self._written = time.monotonic()
        transport = connection.transport
        eventlet = sys.modules.get("eventlet")
        self._runs = (
            isinstance(transport, TCPTransport)
            and eventlet is not None
            and eventlet.patcher.is_monkey_patched("socket")
        )
        if self._runs:
            assert eventlet is not None
            native = eventlet.patcher.original("threading")
            self._sock: socket.socket = transport.sock
            self._write = transport._write
            self._writing = native.Lock()
            self._end = native.Event()
            transport._write = self._write_alone
            native.Thread(target=self._beat, name="xinlv-pulse", daemon=True).start()

    def turn(self) -> None:
        """Note that the hub is alive."""
        self.turned = time.monotonic()

    def stop(self) -> None:
        """End with the connection."""
        if self._runs:
            self._end.set()

    def _write_alone(self, content: Any) -> None:
        """Write a frame; a heartbeat must not come between its parts."""
        while not self._writing.acquire(False):
            time.sleep(0)  # the green one: whoever writes gets his turn
        try:
            self._written = time.monotonic()
            self._write(content)
        finally:
            self._writing.release()

    def _beat(self) -> None:
        while not self._end.wait(self._every):
            now = time.monotonic()
            if now - self._written < self._over or now - self.turned > LONGEST:
                continue
            if self._writing.acquire(False):
                try:
                    self._send(now)
                finally:
                    self._writing.release()

    def _send(self, now: float) -> None:
        # the native socket inside eventlet's: this thread has no hub to wait in
        sock: socket.socket = self._sock.fd  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):
            sent = sock.send(FRAME, socket.MSG_DONTWAIT)
            self._written = now
            if sent < len(FRAME):  # half a frame spoils the connection; a new one is made
                sock.shutdown(socket.SHUT_RDWR)
