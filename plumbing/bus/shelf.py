"""The parked messages of one service: looked at, put back, thrown away."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import amqp

from contracts.errors import Unavailable
from plumbing.bus import names
from plumbing.bus.link import LOST, connect, limited
from plumbing.bus.publisher import Publisher, Receipt
from plumbing.bus.relay import parcel_of
from plumbing.bus.retries import count
from plumbing.bus.setaside import fresh_parcel

MOST = 1000
LONGEST_BODY = 20_000
LONGEST_LOOK = 60.0


class Shelf:
    """Messages are taken from the queue, looked at, and those not settled go back to their places."""

    def __init__(self, amqp_url: str, service: str) -> None:
        self._url = amqp_url
        self._service = service
        self._publisher: Publisher | None = None

    def use(self, publisher: Publisher) -> None:
        """Say through what messages are put back."""
        self._publisher = publisher

    def count(self) -> tuple[int, int]:
        """Return how many messages are parked and how many wait in the inbox."""
        with self._channel() as channel:
            return (
                channel.queue_declare(names.parked(self._service), passive=True).message_count,
                channel.queue_declare(names.inbox(self._service), passive=True).message_count,
            )

    def look(self) -> list[dict[str, Any]]:
        """Return the oldest parked messages, at most a thousand, as the contract shows them."""
        with self._channel() as channel:
            return [_shown(message) for message in self._take(channel)]

    def put_back(self, wanted: Callable[[str], bool], dry_run: bool) -> list[str]:
        """Send the wanted ones to the inbox again and return their ids."""

        def back(message: amqp.Message) -> bool:
            assert self._publisher is not None
            return self._publisher.publish([fresh_parcel(message, self._service)]) == [Receipt.CONFIRMED]

        return self._settle(wanted, back, dry_run)

    def throw_away(self, wanted: Callable[[str], bool], dry_run: bool) -> list[str]:
        """Remove the wanted ones for good and return their ids."""
        return self._settle(wanted, lambda message: True, dry_run)

    def send_to(self, service: str, rows: list[dict[str, Any]]) -> None:
        """Send outbox rows to one service's inbox, confirmed.

        Raises Unavailable where the broker did not take all of them.
        """
        assert self._publisher is not None
        parcels = [parcel_of(row, names.replay_exchange(self._service), names.inbox(service)) for row in rows]
        if any(receipt is not Receipt.CONFIRMED for receipt in self._publisher.publish(parcels)):
            raise Unavailable("消息代理没有收下全部事件。", "The broker did not take all events.")

    def _settle(
        self, wanted: Callable[[str], bool], act: Callable[[amqp.Message], bool], dry_run: bool
    ) -> list[str]:
        done = []
        with self._channel() as channel:
            for message in self._take(channel):
                parked_id = id_of(message)
                if wanted(parked_id) and (dry_run or act(message)):
                    done.append(parked_id)
                    if not dry_run:
                        channel.basic_ack(message.delivery_tag)
        return done

    def _take(self, channel: amqp.Channel) -> Sequence[amqp.Message]:
        """Take what is there; what is not acked returns in its old order when the channel closes."""
        taken: list[amqp.Message] = []
        while len(taken) < MOST:
            message = channel.basic_get(names.parked(self._service))
            if message is None:
                break
            taken.append(message)
        return taken

    @contextlib.contextmanager
    def _channel(self) -> Iterator[amqp.Channel]:
        """A connection for this look alone: rare enough, and no channel is shared with what is fast."""
        try:
            connection = connect(self._url, f"{self._service} parked")
        except LOST as error:
            raise Unavailable("消息代理暂不可用。", "The message broker does not answer.") from error
        try:
            with limited(connection, LONGEST_LOOK):
                yield connection.channel()
        except LOST as error:
            raise Unavailable("消息代理暂不可用。", "The message broker does not answer.") from error
        finally:
            with contextlib.suppress(Exception), limited(connection, LONGEST_LOOK):
                connection.close()


def id_of(message: amqp.Message) -> str:
    """Return the name a parked message goes by; one the broker itself parked goes by its event."""
    headers = message.properties.get("application_headers") or {}
    return str(headers.get(names.PARKED_ID) or f"evt:{message.properties.get('message_id', 'unknown')}")


def _shown(message: amqp.Message) -> dict[str, Any]:
    headers = message.properties.get("application_headers") or {}
    body = message.body if isinstance(message.body, str) else bytes(message.body).decode("utf-8", "replace")
    return {
        "parked_id": id_of(message),
        "event_id": str(message.properties.get("message_id", "")),
        "type": str(message.properties.get("type", "")),
        "reason": str(headers.get(names.REASON) or _broker_reason(headers)),
        "attempts": count(headers, names.ATTEMPTS),
        "origin": str(headers.get(names.ORIGIN, "")),
        "parked_at": str(headers.get(names.PARKED_AT, "")),
        "body": body[:LONGEST_BODY],
    }


def _broker_reason(headers: dict[str, Any]) -> str:
    deaths = headers.get("x-death") or [{}]
    return f"parked by the broker: {deaths[0].get('reason', 'unknown')}"
