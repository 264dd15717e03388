"""Trouble on purpose: every message sent twice, or each service killed once while the contest runs."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable
from typing import Any

import amqp

from contracts.words import SERVICES
from demo.stage import ONLY_ONCE
from plumbing.bus import names
from plumbing.bus.link import connect

MARK = "x-xinlv-repeated"


class Repeater:
    """Listens to every exchange and sends each RPC request and each event once more, as it was.

    Requests that are to be refused it leaves alone.
    """

    def __init__(self, amqp_url: str) -> None:
        self._url = amqp_url
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="repeater", daemon=True)
        self.requests = 0
        self.events = 0
        self.problem: BaseException | None = None

    def __enter__(self) -> Repeater:
        self._thread.start()
        if not self._ready.wait(20):
            raise RuntimeError(f"the repeater could not bind its queue: {self.problem}")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def finish(self) -> None:
        """Raise what kept it from repeating, where something did."""
        if self.problem:
            raise RuntimeError("the repeater ended early") from self.problem
        if not self.requests or not self.events:
            raise RuntimeError(f"only {self.requests} requests and {self.events} events were repeated")

    def _run(self) -> None:
        try:
            connection = connect(self._url, "repeater")
            try:
                self._repeat_all(connection)
            finally:
                with contextlib.suppress(OSError, amqp.AMQPError):
                    connection.close()
        except BaseException as error:
            self.problem = error

    def _repeat_all(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True, auto_delete=True).queue
        for exchange in (names.RPC_EXCHANGE, *map(names.event_exchange, SERVICES)):
            channel.queue_bind(queue, exchange, "#")
        channel.basic_consume(queue, no_ack=True, callback=lambda message: self._repeat(channel, message))
        self._ready.set()
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection.drain_events(timeout=0.2)

    def _repeat(self, channel: amqp.Channel, message: amqp.Message) -> None:
        headers = message.properties.get("application_headers") or {}
        exchange = message.delivery_info["exchange"]
        is_request = exchange == names.RPC_EXCHANGE
        if MARK in headers or (is_request and "reply_to" not in message.properties):
            return  # ours, or an answer
        if str(headers.get(names.COMMAND_ID, "")).startswith(ONLY_ONCE):
            return
        properties: dict[str, Any] = {**message.properties, "application_headers": {**headers, MARK: "1"}}
        channel.basic_publish(
            amqp.Message(message.body, **properties), exchange, message.delivery_info["routing_key"]
        )
        if is_request:
            self.requests += 1
        else:
            self.events += 1


class Killer:
    """Kills each service once with SIGKILL at a random moment within ``over`` seconds and starts it again."""

    def __init__(self, restart: Callable[[str], None], seed: int, over: float = 40.0) -> None:
        rng = random.Random(seed)  # noqa: S311
        moments = sorted(rng.uniform(min(1, over), over) for _ in SERVICES)
        self._plan = list(zip(moments, rng.sample(SERVICES, len(SERVICES)), strict=True))
        self._restart = restart
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.killed: list[str] = []
        self.problem: BaseException | None = None

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def finish(self) -> None:
        """Wait until every service has had its turn, or raise what went wrong on the way."""
        self._thread.join(120)
        if self.problem:
            raise RuntimeError("a service that was killed did not come back") from self.problem
        if sorted(self.killed) != sorted(SERVICES):
            raise RuntimeError(f"only {', '.join(self.killed) or 'none'} were killed")

    def _run(self) -> None:
        passed = 0.0
        try:
            for moment, service in self._plan:
                if self._stop.wait(moment - passed):
                    return
                passed = moment
                self._restart(service)
                self.killed.append(service)
        except BaseException as error:
            self.problem = error
