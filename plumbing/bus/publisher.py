"""Publishing that is confirmed: many messages in flight, their confirms awaited together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import amqp

from contracts.errors import Unavailable
from plumbing.bus.link import LOST, Link, send


class Receipt(StrEnum):
    """What became of one message."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    """Nothing is bound that would take it."""
    REFUSED = "refused"
    """The broker could not keep it."""


@dataclass(frozen=True)
class Parcel:
    """A message and where it goes; ``message_id`` must be set and differ within a batch."""

    message: amqp.Message
    exchange: str
    routing_key: str


@dataclass
class _Batch:
    receipts: list[Receipt | None]
    left: int
    done: threading.Event = field(default_factory=threading.Event)
    lost: bool = False


class Publisher:
    """Publishes confirmed and mandatory over one connection; its ``link.run`` must be running."""

    def __init__(self, url: str, name: str) -> None:
        self.link = Link(url, name, self._prepare, self._lost)
        self._lock = threading.Lock()
        self._channel: amqp.Channel | None = None
        self._tag = 0
        self._lowest = 1
        self._pending: dict[int, tuple[_Batch, int, str]] = {}
        self._returned: set[str] = set()

    def publish(self, parcels: Sequence[Parcel], timeout: float = 30.0) -> list[Receipt]:
        """Publish all and wait for what became of each, in order.

        Raises Unavailable where the broker is away or does not answer: any of them may have arrived then.
        """
        if not parcels:
            return []
        batch = _Batch([None] * len(parcels), len(parcels))
        with self._lock:
            channel = self._channel
            if channel is None:
                raise _away()
            try:
                for index, parcel in enumerate(parcels):
                    self._tag += 1
                    self._pending[self._tag] = (batch, index, parcel.message.properties["message_id"])
                    send(channel, parcel.message, parcel.exchange, parcel.routing_key, mandatory=True)
            except (*LOST, AttributeError) as error:
                self.link.fail()
                raise _away() from error
        if not batch.done.wait(timeout):
            self.link.fail()
            raise _away()
        if batch.lost:
            raise _away()
        return [receipt for receipt in batch.receipts if receipt is not None]

    def _prepare(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        channel.events["basic_ack"].add(self._acked)
        channel.events["basic_nack"].add(self._nacked)
        channel.events["basic_return"].add(self._came_back)
        channel.confirm_select()
        self._tag, self._lowest = 0, 1
        self._channel = channel

    def _lost(self) -> None:
        self._channel = None
        pending, self._pending = self._pending, {}
        self._returned.clear()
        for batch, _, _ in pending.values():
            batch.lost = True
            batch.done.set()

    def _acked(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple, Receipt.CONFIRMED)

    def _nacked(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple, Receipt.REFUSED)

    def _came_back(self, _why: Exception, _exchange: str, _key: str, message: amqp.Message) -> None:
        self._returned.add(message.properties["message_id"])

    def _settle(self, tag: int, multiple: bool, receipt: Receipt) -> None:
        tags = range(self._lowest, tag + 1) if multiple else (tag,)
        if multiple:
            self._lowest = tag + 1
        for each in tags:
            entry = self._pending.pop(each, None)
            if entry is None:
                continue
            batch, index, message_id = entry
            came_back = receipt is Receipt.CONFIRMED and message_id in self._returned
            self._returned.discard(message_id)
            batch.receipts[index] = Receipt.RETURNED if came_back else receipt
            batch.left -= 1
            if batch.left == 0:
                batch.done.set()


def _away() -> Unavailable:
    return Unavailable("消息代理暂不可用。", "The message broker does not answer.")
