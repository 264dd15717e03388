"""Watches what a process depends on: makes it ready at the start, and keeps the gauges."""

from __future__ import annotations

import time

import eventlet
import structlog
from eventlet.greenpool import GreenPool
from nameko.extensions import DependencyProvider

from plumbing.bus import names
from plumbing.bus.link import Link
from plumbing.bus.runtime import Runtime
from plumbing.web import metrics

TURN = 0.5
LOOK = 2.0
LONGEST_PAUSE = 10.0
log = structlog.get_logger(__name__)


class Watch(DependencyProvider):
    """Makes indexes before anything is taken on, then looks at the database every other second."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self._runtime = runtime
        self._stopping = False
        self._pool = GreenPool(3)
        self._link = Link(runtime.settings.amqp_url, f"{runtime.holder} watch", lambda connection: None)

    def start(self) -> None:
        """Begin."""
        for run in (self._turn, self._run, self._link.run):
            self._pool.spawn(run)

    def stop(self) -> None:
        """End."""
        self._stopping = True
        self._link.close()
        with eventlet.Timeout(3, False):
            self._pool.waitall()

    def _turn(self) -> None:
        while not self._stopping:
            self._runtime.turned = time.monotonic()
            eventlet.sleep(TURN)

    def _run(self) -> None:
        self._prepare()
        while not self._stopping:
            try:
                self._look()
                self._runtime.database_answers = True
            except Exception as error:
                if self._runtime.database_answers:
                    log.warning("database_lost", error=type(error).__name__)
                self._runtime.database_answers = False
            metrics.READY.set(not self._runtime.troubles())
            self._rest(LOOK)

    def _prepare(self) -> None:
        pause = 0.5
        while not self._stopping:
            try:
                self._runtime.executor.prepare()
            except Exception as error:
                log.warning("not_ready_yet", error=f"{type(error).__name__}: {error}"[:300])
                self._rest(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._runtime.database_answers = True
                self._runtime.prepared.set()
                log.info("indexes_made")
                return

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            eventlet.sleep(min(TURN, seconds))

    def _look(self) -> None:
        executor = self._runtime.executor
        metrics.OUTBOX_DEPTH.set(executor.outbox.depth())
        metrics.OUTBOX_AGE.set(executor.outbox.oldest_age())
        metrics.JOBS_OPEN.set(
            executor.store.collection("jobs").count_documents({"state": {"$in": ["waiting", "running"]}})
        )
        self._link.order(self._look_at_queues)

    def _look_at_queues(self, connection: object) -> None:
        service = self._runtime.service.name
        channel = connection.channel()  # type: ignore[attr-defined]
        for queue, gauge in (
            (names.inbox(service), metrics.INBOX_DEPTH),
            (names.parked(service), metrics.PARKED),
        ):
            gauge.set(channel.queue_declare(queue, passive=True).message_count)
        channel.close()
