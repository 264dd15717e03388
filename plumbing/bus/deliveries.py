"""Deliveries in our hands: reading them, and acking them in as few frames as can be."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import amqp

from contracts.events import Event, event_from_cloudevent
from plumbing.bus import names
from plumbing.bus.link import LOST

log = logging.getLogger(__name__)


@dataclass
class Delivery:
    """A message in the hands of ``reader``, not yet acked; ``tries`` counts the short waits it had here.

    ``held`` says that it waits for its next turn.
    """

    message: amqp.Message
    reader: str
    headers: dict[str, Any] = field(init=False)
    event: Event | None = None
    tries: int = 0
    held: bool = False

    def __post_init__(self) -> None:
        """Keep the headers, and who can have told it.

        Each service may write to its own exchanges only, so the broker vouches for what the body claims;
        keys prove nothing, because a sender may add others by CC and BCC. Notes count only on what came
        back to who made them.
        """
        headers = dict(self.message.properties.get("application_headers") or {})
        if not self._came_back(headers):
            headers = {name: value for name, value in headers.items() if not name.startswith(names.NOTE)}
            service, _, kind = self._exchange.rpartition(".")
            headers[names.TELLER] = service if kind in ("events", "replay") else ""
        self.headers = headers

    @property
    def is_replay(self) -> bool:
        """Whether who told the event tells it again: to a replay of all types belong some that nobody wants.

        A parked message that was put back is none, for it was wanted once.
        """
        return self.event is not None and self._exchange == names.replay_exchange(self.event.kind.service)

    def read(self) -> str:
        """Read the event, once; return why it cannot be read, or nothing."""
        if self.event is not None:
            return ""
        try:
            self.event = event_from_cloudevent(json.loads(self.message.body))
        except Exception as error:
            # whatever a body does to its reader, its neighbours in the batch must not feel it
            return f"unreadable: {str(error)[:300] or type(error).__name__}"
        teller = self.headers.get(names.TELLER) or "nobody known"
        if teller != self.event.kind.service:
            told, self.event = self.event.kind.type, None
            return f"forged: {told} was told by {teller}"
        return ""

    @property
    def _exchange(self) -> str:
        return str(self.message.delivery_info.get("exchange", ""))

    def _came_back(self, headers: Mapping[str, Any]) -> bool:
        """Whether its reader itself had sent it: nobody else may write where it came through."""
        own = names.retry_exchange(self.reader)
        if self._exchange:
            return self._exchange == own
        deaths = headers.get("x-death") or [{}]
        return str(deaths[0].get("queue", "")).startswith(f"{own}.")


class Acks:
    """The open deliveries of one channel at a time; what a lost channel delivered is nobody's any more."""

    def __init__(self) -> None:
        self._channel: amqp.Channel | None = None
        self._open: set[int] = set()

    def begin(self, channel: amqp.Channel | None) -> None:
        """Start over on a fresh channel, or on none."""
        self._channel = channel
        self._open = set()

    def taken(self, message: amqp.Message) -> None:
        """Note that a message was delivered."""
        self._open.add(message.delivery_tag)

    def is_ours(self, message: amqp.Message) -> bool:
        """Whether a message is still to be settled by us: not acked, and its channel not lost.

        What a lost channel delivered was given to somebody again; an ack sent twice would cost the channel.
        """
        ours = self._channel is not None and message.channel is self._channel
        return ours and message.delivery_tag in self._open

    def ack(self, messages: Iterable[amqp.Message]) -> None:
        """Ack all that are ours; in one frame where nothing older is still open."""
        tags = {message.delivery_tag for message in messages if self.is_ours(message)}
        channel = self._channel
        if not tags or channel is None:
            return
        self._open -= tags
        last = max(tags)
        try:
            if not self._open or min(self._open) > last:
                channel.basic_ack(last, multiple=True)
            else:
                for tag in sorted(tags):
                    channel.basic_ack(tag)
        except (*LOST, AttributeError):
            log.info("acks were lost with their channel")
