"""The relay: publishes what was committed, in batches, under a lease; woken, but trusting only its polls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import amqp
import eventlet
import structlog
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from contracts.errors import Unavailable
from plumbing.bus.publisher import Parcel, Receipt
from plumbing.bus.runtime import Runtime
from plumbing.bus.wire import PERSISTENT
from plumbing.web import metrics

LEASE, LEASE_SECONDS, RENEW_AFTER = "relay", 10.0, 3.0
BATCH = 500
POLL = 0.5
GATHER, PACE = 0.008, 0.04
"""What is committed a moment later shares the batch, and the transaction that marks it.

After a rest the first event waits for GATHER; under load batches begin PACE apart, unless one was full.
"""
log = structlog.get_logger(__name__)


class Relay(DependencyProvider):
    """A dependency, not an entrypoint: nameko stops it last, when the workers have told all they had to."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self._runtime = runtime
        self._lease: Any = None
        self._leased_at = 0.0
        self._stuck = 0
        self._stopping = False
        self._ended, self._unlinked = Event(), Event()

    def start(self) -> None:
        """Connect and begin when the service is ready."""
        self.container.spawn_managed_thread(self._link)
        self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Publish what is left, give the lease back, leave."""
        self._stopping = True
        self._runtime.wake.set()
        with eventlet.Timeout(10, False):
            self._ended.wait()
        self._runtime.publisher.link.close()
        with eventlet.Timeout(5, False):
            self._unlinked.wait()

    def _link(self) -> None:
        try:
            self._runtime.publisher.link.run()
        finally:
            self._unlinked.send()

    def _run(self) -> None:
        try:
            while not self._runtime.prepared.wait(0.2) and not self._stopping:
                pass
            while True:
                self._runtime.wake.clear()
                last, began = self._stopping, time.monotonic()
                done = self._round()
                if last and not done:
                    break
                if not done:
                    self._runtime.wake.wait(POLL)
                if done < BATCH and not self._stopping:
                    eventlet.sleep(max(GATHER, began + PACE - time.monotonic()))
            self._release()
        finally:
            self._ended.send()

    def _round(self) -> int:
        """Publish one batch; return how many events were published. Whatever goes wrong is tried again."""
        try:
            return self._publish() if self._hold_lease() else 0
        except Unavailable:
            pass
        except Exception as error:
            # a lost lease, a database that is away: the next round takes the lease again
            self._lease = None
            metrics.LOOP_ERRORS.labels(LEASE).inc()
            log.warning("relay_failed", error=f"{type(error).__name__}: {error}"[:300])
            eventlet.sleep(POLL)
        return 0

    def _hold_lease(self) -> bool:
        if not self._runtime.publisher.link.is_open:
            return False
        if self._lease is None or time.monotonic() - self._leased_at > RENEW_AFTER:
            self._leased_at = time.monotonic()
            self._lease = self._runtime.executor.leases.acquire(LEASE, LEASE_SECONDS)
        return self._lease is not None

    def _publish(self) -> int:
        outbox = self._runtime.executor.outbox
        # rows that nothing is bound for stay; they must not stand in the way of the others
        rows = outbox.take(BATCH + self._stuck)
        if not rows:
            self._stuck = 0
            return 0
        receipts = self._runtime.publisher.publish([parcel_of(row) for row in rows])
        told = [
            row["_id"] for row, receipt in zip(rows, receipts, strict=True) if receipt is Receipt.CONFIRMED
        ]
        outbox.mark(told, self._lease)
        metrics.RELAY_BATCHES.inc()
        for receipt in Receipt:
            metrics.RELAYED.labels(receipt.value).inc(receipts.count(receipt))
        self._complain(rows, receipts)
        return len(told)

    def _complain(self, rows: Sequence[Any], receipts: Sequence[Receipt]) -> None:
        failed = [
            (row, receipt) for row, receipt in zip(rows, receipts, strict=True) if receipt != "confirmed"
        ]
        self._stuck = min(len(failed), 10_000)
        for row, receipt in failed[:3]:
            log.error("event_not_taken", event_id=row["_id"], type=row["type"], receipt=receipt.value)

    def _release(self) -> None:
        if self._lease is not None:
            try:
                self._runtime.executor.leases.release(self._lease)
            except Exception:
                log.warning("lease_not_released", lease=LEASE)


def parcel_of(row: Any, exchange: str | None = None, routing_key: str | None = None) -> Parcel:
    """Return an outbox row as it travels: to its exchange, or straight to one queue where told."""
    message = amqp.Message(
        row["body"],
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=PERSISTENT,
        message_id=row["_id"],
        type=row["type"],
    )
    if exchange is None:
        return Parcel(message, row["exchange"], row["routing_key"])
    return Parcel(message, exchange, routing_key or "")
