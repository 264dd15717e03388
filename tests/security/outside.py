"""What somebody who holds a user's password can try on the broker, each as one act on a fresh channel."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import amqp
from amqp.exceptions import AccessRefused

from plumbing.bus import names
from plumbing.bus.link import connect

Act = Callable[[amqp.Channel], object]


class Intruder:
    """One user's connection; ``may`` says whether the broker lets him."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url, "intruder")

    def may(self, act: Act) -> bool:
        """Try one act; what the broker refuses closes the channel, not the connection."""
        channel = self._connection.channel()
        try:
            act(channel)
            channel.basic_qos(0, 1, False)  # a refusal of what was published comes with the next answer
        except AccessRefused:
            return False
        channel.close()
        return True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def intruder(url: str) -> Iterator[Intruder]:
    """Yield a user's connection, closed afterwards."""
    made = Intruder(url)
    try:
        yield made
    finally:
        made.close()


def url_of(known: str, user: str, password: str, vhost: str = "") -> str:
    """Return the address of the same broker for another user."""
    parts = urlsplit(known)
    place = f"{user}:{password}@{parts.hostname}:{parts.port}"
    return urlunsplit(parts._replace(netloc=place, path=f"/{vhost}" if vhost else parts.path))


def look(queue: str) -> Act:
    """Take a message from a queue and give it back."""
    return lambda channel: channel.basic_get(queue)


def publish(exchange: str, key: str) -> Act:
    """Publish something that nothing is made from; ``mandatory`` is not set, so it may lead nowhere."""
    body = amqp.Message(b"{}", message_id=f"intruder-{uuid.uuid4().hex}", expiration="1")
    return lambda channel: channel.basic_publish(body, exchange, key)


def declare(queue: str) -> Act:
    """Declare a queue."""
    return lambda channel: channel.queue_declare(queue, durable=False, auto_delete=True)


def overhear(user: str, exchange: str, key: str) -> Act:
    """Bind a reply queue of one's own to somebody's messages."""

    def act(channel: amqp.Channel) -> None:
        queue = f"xinlv.reply-{user}-{uuid.uuid4().hex}"
        channel.queue_declare(queue, durable=False, auto_delete=True, exclusive=True)
        channel.queue_bind(queue, exchange, key)

    return act


def acts(user: str, foreign: str) -> dict[str, Act]:
    """Return everything a user may try against another service, by name."""
    return {
        "read its inbox": look(names.inbox(foreign)),
        "read its parked messages": look(names.parked(foreign)),
        "take its calls": look(names.rpc_queue(foreign)),
        "tell in its name": publish(names.event_exchange(foreign), "Nothing"),
        "tell everything in everybody's name": publish(names.ALL_EVENTS, "Nothing"),
        "replay in its name": publish(names.replay_exchange(foreign), names.inbox(user)),
        "put into its inbox by the default exchange": publish("", names.inbox(foreign)),
        "put into its inbox as its own": publish(names.retry_exchange(foreign), names.inbox(foreign)),
        "put among its parked messages": publish(names.retry_exchange(foreign), names.parked(foreign)),
        "read what waits": look(names.retry_queue(foreign, 1)),
        "feed the partners": publish("", names.PARTNERS_FEED),
        "read what partners get": look(names.PARTNERS_FEED),
        "overhear its events": overhear(user, names.event_exchange(foreign), "#"),
        "overhear all calls": overhear(user, names.RPC_EXCHANGE, f"{foreign}.*"),
        "read its replies": look(f"xinlv.reply-{foreign}-1"),
        "declare a queue": declare("anything"),
        "delete its inbox": lambda channel: channel.queue_delete(names.inbox(foreign)),
        "purge its inbox": lambda channel: channel.queue_purge(names.inbox(foreign)),
        "declare an exchange": lambda channel: channel.exchange_declare("any.events", "topic"),
        "delete the exchange of calls": lambda channel: channel.exchange_delete("nameko-rpc", if_unused=True),
        "delete its exchange": lambda channel: channel.exchange_delete(names.event_exchange(foreign)),
        "bind its inbox": lambda channel: channel.queue_bind(
            names.inbox(foreign), names.event_exchange(user), "#"
        ),
    }


def needs(service: str) -> dict[str, Act]:
    """Return what a service must be able to do."""
    return {
        "read its inbox": look(names.inbox(service)),
        "read its parked messages": look(names.parked(service)),
        "take its calls": look(names.rpc_queue(service)),
        "tell its events": publish(names.event_exchange(service), "Nothing"),
        "retry later": publish(names.retry_exchange(service), names.retry_queue(service, 1)),
        "park": publish(names.retry_exchange(service), names.parked(service)),
        "call others": publish(names.RPC_EXCHANGE, "nobody.nothing"),
        "have replies": overhear(service, names.RPC_EXCHANGE, uuid.uuid4().hex),
    }
