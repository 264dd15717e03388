"""One connection to the broker, opened again and again with patience until it is closed for good."""

from __future__ import annotations

import contextlib
import logging
import random
import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp import spec
from amqp.exceptions import AMQPError
from amqp.transport import TCPTransport

from plumbing.bus.pulse import Pulse

LOST = (AMQPError, OSError)
"""What any operation may raise when the broker goes away."""
HEARTBEAT = 20
LONGEST_PAUSE = 10.0
SILENCE = 10.0
"""A broker that leaves a question unanswered for so many seconds is as good as gone."""
CHUNK = 16_384

log = logging.getLogger(__name__)


def connect(url: str, name: str, *, timeout: float = 5.0) -> amqp.Connection:
    """Open a connection to the virtual host of an ``amqp://`` or ``amqps://`` address.

    Raises one of LOST where that fails.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "amqps"
    host = parts.hostname or "localhost"
    connection = amqp.Connection(
        host=f"{host}:{parts.port or (5671 if secure else 5672)}",
        userid=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        login_method="PLAIN",
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl={"server_hostname": host, "cert_reqs": ssl.CERT_REQUIRED} if secure else False,
        connect_timeout=timeout,
        heartbeat=HEARTBEAT,
        client_properties={"connection_name": name},
    )
    connection.connect()
    transport = connection.transport
    if isinstance(transport, TCPTransport):
        # py-amqp asks the socket nine times for one small message; it keeps what it gets beyond its wish
        receive = transport.sock.recv
        transport._quick_recv = lambda _wanted: receive(CHUNK)
    return connection


def has_input(connection: amqp.Connection, timeout: float) -> bool:
    """Wait for something to read; the socket itself keeps no timeout, which writers would inherit."""
    transport = connection.transport
    sock = transport.sock
    if transport._read_buffer or (isinstance(sock, ssl.SSLSocket) and sock.pending()):
        return True
    eventlet = sys.modules.get("eventlet")
    if eventlet is not None and eventlet.patcher.is_monkey_patched("socket"):
        try:
            eventlet.hubs.trampoline(sock.fileno(), read=True, timeout=timeout, timeout_exc=TimeoutError)
        except TimeoutError:
            # after a standstill of the hub its timers come first, whatever has arrived meanwhile
            return has_arrived(sock)
        return True
    return _is_readable(select, sock, timeout)


def _is_readable(module: Any, sock: Any, timeout: float) -> bool:
    poll = module.poll()
    poll.register(sock.fileno(), module.POLLIN)
    return bool(poll.poll(timeout * 1000))


@contextlib.contextmanager
def limited(connection: amqp.Connection, seconds: float) -> Iterator[None]:
    """Break the connection where what is asked of the broker in here takes longer: nothing waits for ever.

    No timeout of the socket, because those who publish meanwhile would inherit it.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(seconds):
            sock = _socket_of(connection)
            if sock is None:
                return
            with contextlib.suppress(OSError, ValueError):
                if has_arrived(sock):
                    continue  # its reader only had no turn yet
            log.warning("the broker did not answer within %g s", seconds)
            _shut(sock)
            return

    threading.Thread(target=watch, name="xinlv-limit", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def has_arrived(sock: Any) -> bool:
    """Say whether a socket has something to read now."""
    eventlet = sys.modules.get("eventlet")
    if eventlet is not None and eventlet.patcher.is_monkey_patched("socket"):
        return _is_readable(eventlet.patcher.original("select"), sock, 0)
    return _is_readable(select, sock, 0)


def _socket_of(connection: amqp.Connection | None) -> Any:
    # the driver's own property would connect again where there is none
    return getattr(getattr(connection, "_transport", None), "sock", None)


def _shut(sock: Any) -> None:
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def send(
    channel: amqp.Channel, message: amqp.Message, exchange: str, routing_key: str, *, mandatory: bool = False
) -> None:
    """Publish from any thread; the driver's own function may also read, which only the drainer may do."""
    channel.send_method(spec.Basic.Publish, "Bssbb", (0, exchange, routing_key, mandatory, False), message)


class Link:
    """Keeps one connection: ``prepare(connection)`` is called on each fresh one, ``lost()`` when it broke.

    ``run`` drains it until ``close``; all frames are read there, and anybody may publish.
    """

    def __init__(
        self,
        url: str,
        name: str,
        prepare: Callable[[amqp.Connection], None],
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._name = name
        self._prepare = prepare
        self._lost = lost
        self._closing = threading.Event()
        self._orders: list[Callable[[amqp.Connection], None]] = []
        self.connection: amqp.Connection | None = None
        self._pulse: Pulse | None = None
        self.connected = threading.Event()
        self.trouble = ""
        """Why the last connection ended or did not come about, while there is none."""

    @property
    def is_open(self) -> bool:
        """Whether it is connected and prepared now."""
        return self.connected.is_set()

    def run(self) -> None:
        """Connect, drain, and start over after every loss, with growing pauses, until closed."""
        pause = 0.2
        while not self._closing.is_set():
            started = time.monotonic()
            try:
                self._once()
            except Exception as error:
                # whatever the driver raises, the process must outlive the broker
                if not self._closing.is_set():
                    self.trouble = f"{type(error).__name__}: {str(error)[:300]}"
                    log.warning("broker lost by %s: %s", self._name, self.trouble)
            finally:
                self._drop()
            pause = 0.2 if time.monotonic() - started > 30 else min(pause * 2, LONGEST_PAUSE)
            self._closing.wait(pause * random.uniform(0.7, 1.3))  # noqa: S311

    def _once(self) -> None:
        connection = connect(self._url, self._name)
        self.connection = connection
        self._pulse = pulse = Pulse(connection, HEARTBEAT)
        with limited(connection, SILENCE):
            self._prepare(connection)
        self.trouble = ""
        self.connected.set()
        log.info("broker connected: %s", self._name)
        ticked = time.monotonic()
        while not self._closing.is_set():
            pulse.turn()
            if has_input(connection, 0.25):
                connection.blocking_read()
                while connection.transport._read_buffer:
                    connection.blocking_read()
            while self._orders:
                with limited(connection, SILENCE):
                    self._orders.pop(0)(connection)
            if time.monotonic() - ticked > HEARTBEAT / 4:
                connection.heartbeat_tick()
                ticked = time.monotonic()

    def _drop(self) -> None:
        self.connected.clear()
        self._orders.clear()
        if self._pulse is not None:
            self._pulse.stop()
        connection, self.connection = self.connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                if self._closing.is_set() and connection.connected:
                    with limited(connection, SILENCE / 2):
                        connection.close()
            with contextlib.suppress(Exception):
                connection.collect()
        self._lost()

    def order(self, act: Callable[[amqp.Connection], None]) -> None:
        """Have something done where the frames are read: whatever waits for the broker's answer must be."""
        self._orders.append(act)

    def close(self) -> None:
        """Ask ``run`` to end; it closes the connection itself."""
        self._closing.set()

    def fail(self) -> None:
        """Break the connection because it was found unusable; ``run`` opens a new one."""
        _shut(_socket_of(self.connection))
