"""Trouble on purpose: every message sent twice, or each service killed once while the contest runs."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

from kombu import Connection, Consumer, Exchange, Queue
from kombu.pools import producers

from contracts.words import SERVICES

MARK = "x-xinlv-repeated"


class Repeater:
    """Listens to every exchange and sends each RPC request and each event once more, as it was."""

    def __init__(self, amqp_url: str) -> None:
        self._url = amqp_url
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="repeater", daemon=True)
        self.repeated = 0

    def __enter__(self) -> Repeater:
        self._thread.start()
        if not self._ready.wait(20):
            raise RuntimeError("the repeater could not bind its queue")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        names = ["nameko-rpc", *(f"{service}.events" for service in SERVICES)]
        with Connection(self._url, heartbeat=0) as connection:
            queue = Queue("xinlv.repeater", exclusive=True, auto_delete=True, durable=False)
            bound = queue(connection.default_channel)
            bound.declare()
            for name in names:
                bound.bind_to(Exchange(name, type="topic", passive=True), routing_key="#")
            self._ready.set()
            with Consumer(connection, [queue], on_message=self._repeat, accept=None):
                while not self._stop.is_set():
                    try:
                        connection.drain_events(timeout=0.2)
                    except TimeoutError:
                        continue

    def _repeat(self, message: Any) -> None:
        message.ack()
        key = message.delivery_info["routing_key"]
        if MARK in message.headers or key.startswith(("rpc.reply", "xinlv.reply")) or "." not in key + ".":
            return
        if (
            not (reply_to := message.properties.get("reply_to"))
            and message.delivery_info["exchange"] == "nameko-rpc"
        ):
            return
        with producers[Connection(self._url)].acquire(block=True) as producer:
            producer.publish(
                message.body,
                exchange=message.delivery_info["exchange"],
                routing_key=key,
                headers={**message.headers, MARK: "1"},
                content_type=message.content_type,
                content_encoding=message.content_encoding,
                reply_to=reply_to,
                correlation_id=message.properties.get("correlation_id"),
                delivery_mode=2,
            )
        self.repeated += 1


class Killer:
    """Kills each service once with SIGKILL at a random moment and starts it again."""

    def __init__(self, restart: Callable[[str], None], seed: int, over: float = 40.0) -> None:
        rng = random.Random(seed)  # noqa: S311
        moments = sorted(rng.uniform(1, over) for _ in SERVICES)
        self._plan = list(zip(moments, rng.sample(SERVICES, len(SERVICES)), strict=True))
        self._restart = restart
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)
        self.killed: list[tuple[str, float]] = []
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
            raise self.problem

    def _run(self) -> None:
        passed = 0.0
        try:
            for moment, service in self._plan:
                if self._stop.wait(moment - passed):
                    return
                passed = moment
                self._restart(service)
                self.killed.append((service, moment))
        except BaseException as error:
            self.problem = error
