"""The consumer of ``<service>.inbox``: takes what is there, hands it on together, settles each message."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import amqp
import eventlet
import structlog
from eventlet.event import Event as Signal
from eventlet.queue import Empty, LightQueue
from nameko.extensions import Entrypoint

from contracts.errors import Unavailable
from plumbing.bus import names
from plumbing.bus.deliveries import Acks, Delivery
from plumbing.bus.link import Link
from plumbing.bus.retries import count, decide
from plumbing.bus.runtime import Runtime
from plumbing.bus.setaside import parked_parcel, retry_parcel
from plumbing.store.inbox import Outcome, Status
from plumbing.web import metrics

PREFETCH = 200
BATCH = 100
GATHER = 0.003
BEGUN_TOO_OFTEN = 3
SOON = (0.1, 0.2, 0.4, 0.8, 1.5)
"""What is not there yet is mostly a moment late; only then does it travel through the waiting queues."""
log = structlog.get_logger(__name__)


class InboxConsumer(Entrypoint):
    """One consumer; batches are handled one after the other, each in one transaction where that works."""

    def __init__(self, runtime: Runtime, **options: Any) -> None:
        super().__init__(**options)
        self._runtime = runtime
        self._queue = names.inbox(runtime.service.name)
        self._tag = f"{runtime.holder}-inbox"
        self._channel: amqp.Channel | None = None
        self._waiting = LightQueue()
        self._acks = Acks()
        self._held = 0
        self._link = Link(runtime.settings.amqp_url, f"{runtime.holder} inbox", self._prepare, self._lost)
        runtime.links["inbox"] = self._link
        self._stopping = False
        self._drained, self._ended = Signal(), Signal()

    def start(self) -> None:
        """Begin as soon as the service is ready."""
        self.container.spawn_managed_thread(self._run)
        self.container.spawn_managed_thread(self._work)

    def stop(self) -> None:
        """Take no more events, handle those taken, then leave."""
        cancelled = Signal()

        def cancel(_connection: amqp.Connection) -> None:
            if self._channel is not None:
                self._channel.basic_cancel(self._tag)
            cancelled.send()

        if self._link.is_open:
            self._link.order(cancel)
            with eventlet.Timeout(5, False):
                cancelled.wait()
        self._stopping = True
        with eventlet.Timeout(self._runtime.grace, False):
            self._drained.wait()
        self._link.close()
        with eventlet.Timeout(5, False):
            self._ended.wait()

    def kill(self) -> None:
        """Leave at once."""
        self._stopping = True
        self._link.close()

    def _run(self) -> None:
        try:
            if self._runtime.wait_ready(self._link):
                self._link.run()
        finally:
            self._ended.send()

    def _prepare(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        channel.basic_qos(0, PREFETCH, False)
        self._channel = channel
        self._acks.begin(channel)
        channel.basic_consume(
            self._queue, self._tag, callback=self._taken, on_cancel=lambda _tag: self._link.fail()
        )

    def _lost(self) -> None:
        # the broker gives them to somebody again; the inbox rows know which were done
        self._channel = None
        self._acks.begin(None)
        self._waiting = LightQueue()

    def _taken(self, message: amqp.Message) -> None:
        self._acks.taken(message)
        self._waiting.put(Delivery(message, self._runtime.service.name))

    def _work(self) -> None:
        try:
            while not (self._stopping and self._waiting.empty() and not self._held):
                batch = self._gather()
                try:
                    self._handle(batch)
                except Exception:
                    log.exception("inbox_failed")
                    self._hold(batch, 1.0)
        finally:
            self._drained.send()

    def _gather(self) -> list[Delivery]:
        """Return what is there, waiting a moment for company: a shared transaction is most of the speed."""
        waiting = self._waiting
        try:
            batch = [waiting.get(timeout=0.25)]
        except Empty:
            return []
        if waiting.qsize() < BATCH:
            eventlet.sleep(GATHER)
        while len(batch) < BATCH and not waiting.empty():
            batch.append(waiting.get_nowait())
        return batch

    def _handle(self, batch: list[Delivery]) -> None:
        readable: list[Delivery] = []
        for delivery in batch:
            if not self._acks.is_ours(delivery.message):
                continue
            trouble = delivery.read()
            if trouble:
                self._park(delivery, trouble)
            elif delivery.message.delivery_info["redelivered"] and not delivery.tries:
                self._try_again(delivery)
            else:
                readable.append(delivery)
        if readable:
            self._handle_together(readable)

    def _try_again(self, delivery: Delivery) -> None:
        """Handle what came back; whatever comes of it, the rest of the batch goes on."""
        try:
            self._handle_again(delivery)
        except Unavailable as error:
            log.warning("event_kept", reason=error.en)
            self._hold([delivery], 1.0)
        except Exception as error:
            log.exception("event_failed")
            if self._acks.is_ours(delivery.message) and not delivery.held:
                self._park(delivery, f"it cannot be handled: {type(error).__name__}")

    def _handle_again(self, delivery: Delivery) -> None:
        """Handle what came back from a process that died: alone, and noted first, to find a killer."""
        assert delivery.event is not None
        attempts = self._runtime.executor.attempts
        if attempts.begin(delivery.event.id) > BEGUN_TOO_OFTEN:
            reason = f"handling it was begun {BEGUN_TOO_OFTEN} times and never ended"
            if not self._park(delivery, reason):
                return  # still here and as deadly as before: its count must outlive us
        else:
            self._handle_together([delivery])
        try:
            attempts.finish(delivery.event.id)
        except Unavailable as error:
            log.warning("attempt_not_forgotten", reason=error.en)

    def _handle_together(self, batch: Sequence[Delivery]) -> None:
        started = time.monotonic()
        events = [delivery.event for delivery in batch if delivery.event is not None]
        outcomes = self._runtime.executor.handle(events)
        metrics.EVENTS_SECONDS.observe(time.monotonic() - started)
        metrics.EVENTS_BATCH.observe(len(events))
        done = []
        for delivery, outcome in zip(batch, outcomes, strict=True):
            self._count(delivery, outcome)
            unwanted_again = outcome.status is Status.UNWANTED and delivery.is_replay
            if outcome.status in (Status.HANDLED, Status.REPEATED) or unwanted_again:
                done.append(delivery)
            else:
                self._later(delivery, outcome)
        self._acks.ack(delivery.message for delivery in done)

    def _count(self, delivery: Delivery, outcome: Outcome) -> None:
        assert delivery.event is not None
        name = delivery.event.kind.type
        metrics.EVENTS.labels(name, outcome.status.value).inc()
        if outcome.status is Status.HANDLED:
            age = self._runtime.executor.parts.clock.now() - delivery.event.time
            metrics.END_TO_END.labels(name).observe(max(0.0, age.total_seconds()))
        elif outcome.status is Status.REPEATED:
            metrics.REPEATS.labels(name).inc()

    def _later(self, delivery: Delivery, outcome: Outcome) -> None:
        """Wait a moment here, or in a waiting queue, or give up and park."""
        database_away = outcome.status is Status.RETRY and not self._runtime.database_answers
        soon = outcome.status in (Status.NOT_YET, Status.RETRY)
        # the inbox is bound before the release that wants this event runs: this process will never want it,
        # but the next to take it may
        patient = soon or outcome.status is Status.UNWANTED
        if soon and not self._stopping and (database_away or delivery.tries < len(SOON)):
            delay = SOON[min(delivery.tries, len(SOON) - 1)]
            delivery.tries += 1
            self._hold([delivery], delay)
            return
        settings = self._runtime.settings
        verdict = decide(
            delivery.headers, not_yet=patient, delays=settings.retry_delays, retries=settings.retries
        )
        if verdict.delay is None:
            self._park(delivery, outcome.reason, verdict.attempts or verdict.waits)
            return
        parcel = retry_parcel(
            delivery.message, delivery.headers, self._runtime.service.name, verdict, outcome.reason
        )
        self._send_and_ack(delivery, parcel)

    def _park(self, delivery: Delivery, reason: str, attempts: int | None = None) -> bool:
        """Set it aside for a person; say whether the broker keeps it there now."""
        name = delivery.event.kind.type if delivery.event else "unreadable"
        attempts = count(delivery.headers, names.ATTEMPTS) if attempts is None else attempts
        log.error(
            "event_parked", type=name, reason=reason, event_id=delivery.event.id if delivery.event else ""
        )
        metrics.EVENTS.labels(name, "parked").inc()
        parcel = parked_parcel(
            delivery.message, delivery.headers, self._runtime.service.name, reason, attempts
        )
        return self._send_and_ack(delivery, parcel)

    def _send_and_ack(self, delivery: Delivery, parcel: Any) -> bool:
        """Ack only what the broker has confirmed to keep elsewhere; until then it stays in our hands."""
        try:
            receipts = self._runtime.publisher.publish([parcel])
        except Unavailable:
            receipts = []
        if receipts == ["confirmed"]:
            self._acks.ack([delivery.message])
            return True
        if self._stopping:
            log.warning("event_left_to_the_broker", receipts=receipts)
        else:
            log.warning("event_kept", receipts=receipts, queue=parcel.routing_key)
            self._hold([delivery], 1.0)
        return False

    def _hold(self, batch: Sequence[Delivery], delay: float) -> None:
        waiting = [delivery for delivery in batch if not delivery.held]
        for delivery in waiting:
            delivery.held = True
        self._held += 1
        eventlet.spawn_after(delay, self._take_again, waiting)

    def _take_again(self, batch: list[Delivery]) -> None:
        self._held -= 1
        for delivery in batch:
            delivery.held = False
            if self._acks.is_ours(delivery.message):
                self._waiting.put(delivery)
