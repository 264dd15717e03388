"""The one change that each case must notice; ``XINLV_FAULT_BREAK=7`` makes it in the services of a run.

``./xinlv test --faults --break 2,3,7`` runs cases with their breakage and says which of them turned red.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any


def acked_before_it_is_handled() -> None:
    from plumbing.bus.inbox import InboxConsumer

    taken = InboxConsumer._taken

    def ack_first(self: Any, message: Any) -> None:
        message.channel.basic_ack(message.delivery_tag)
        taken(self, message)

    InboxConsumer._taken = ack_first  # type: ignore[method-assign]


def stopped_without_finishing() -> None:
    from plumbing.bus.inbox import InboxConsumer
    from plumbing.bus.server import RpcServer

    InboxConsumer.stop = InboxConsumer.kill  # type: ignore[method-assign]
    RpcServer.stop = RpcServer.kill  # type: ignore[method-assign]


def marked_before_it_is_published() -> None:
    from plumbing.bus.relay import Relay

    publish = Relay._publish

    def mark_first(self: Any) -> int:
        outbox = self._runtime.executor.outbox
        rows = outbox.take(500)
        outbox.mark([row["_id"] for row in rows], self._lease)
        take, outbox.take = outbox.take, lambda limit: rows
        try:
            return publish(self)
        finally:
            outbox.take = take

    Relay._publish = mark_first  # type: ignore[method-assign]


def unconfirmed_taken_for_published() -> None:
    from plumbing.bus import publisher

    def lost(self: Any) -> None:
        self._channel = None
        pending, self._pending = self._pending, {}
        for batch, index, _ in pending.values():
            batch.receipts[index] = publisher.Receipt.CONFIRMED
            batch.done.set()

    publisher.Publisher._lost = lost  # type: ignore[method-assign]


def repeats_not_recognised() -> None:
    from plumbing.store.commands import Commands
    from plumbing.store.ids import new_id

    Commands.key = staticmethod(lambda caller, command_id: f"{caller.subject}|{new_id('any')}")  # type: ignore[assignment]


def dropped_instead_of_parked() -> None:
    from plumbing.bus.inbox import InboxConsumer

    def drop(self: Any, delivery: Any, *_: Any, **__: Any) -> None:
        self._acks.ack([delivery.message])

    InboxConsumer._park = drop  # type: ignore[method-assign]


def killers_not_counted() -> None:
    from plumbing.store.attempts import Attempts

    Attempts.begin = lambda self, event_id: 1  # type: ignore[method-assign]


def no_beat_beside_the_hub() -> None:
    from plumbing.bus.pulse import Pulse

    Pulse._beat = lambda self: None  # type: ignore[method-assign]


def own_clock_decides() -> None:
    from plumbing.clock import LocalClock

    LocalClock.now = lambda self: datetime.now(UTC)  # type: ignore[method-assign]


BREAKAGES: dict[int, Callable[[], None]] = {
    1: acked_before_it_is_handled,
    2: stopped_without_finishing,
    3: marked_before_it_is_published,
    6: unconfirmed_taken_for_published,
    7: repeats_not_recognised,
    9: dropped_instead_of_parked,
    10: killers_not_counted,
    14: no_beat_beside_the_hub,
    15: own_clock_decides,
    20: acked_before_it_is_handled,
}
