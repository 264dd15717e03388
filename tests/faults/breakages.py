"""The one change that each case must notice; ``XINLV_FAULT_BREAK=7`` makes it in the processes of a run.

``./xinlv test --faults --break 2,3,7`` runs cases with their breakage and says which of them turned red.
Where what breaks runs in the test's own process, this module makes the change there, as a plugin of pytest.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any


def acked_before_it_is_handled() -> None:
    """an event is acked before it is handled"""
    from plumbing.bus.inbox import InboxConsumer

    taken = InboxConsumer._taken

    def ack_first(self: Any, message: Any) -> None:
        message.channel.basic_ack(message.delivery_tag)
        taken(self, message)

    InboxConsumer._taken = ack_first  # type: ignore[method-assign]


def stopped_without_finishing() -> None:
    """a stop leaves at once, whatever is under way"""
    from plumbing.bus.inbox import InboxConsumer
    from plumbing.bus.server import RpcServer

    InboxConsumer.stop = InboxConsumer.kill  # type: ignore[method-assign]
    RpcServer.stop = RpcServer.kill  # type: ignore[method-assign]


def marked_before_it_is_published() -> None:
    """an event is marked as published before it is"""
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
    """an event counts as published when the connection breaks before its confirm"""
    from plumbing.bus import publisher

    def lost(self: Any) -> None:
        self._channel = None
        pending, self._pending = self._pending, {}
        for batch, index, _ in pending.values():
            batch.receipts[index] = publisher.Receipt.CONFIRMED
            batch.done.set()

    publisher.Publisher._lost = lost  # type: ignore[method-assign]


def repeats_not_recognised() -> None:
    """a command that comes again is not known again"""
    from plumbing.store.commands import Commands
    from plumbing.store.ids import new_id

    Commands.key = staticmethod(lambda caller, command_id: f"{caller.subject}|{new_id('any')}")  # type: ignore[assignment]


def dropped_instead_of_parked() -> None:
    """what cannot be handled is acked instead of parked"""
    from plumbing.bus.inbox import InboxConsumer

    def drop(self: Any, delivery: Any, *_: Any, **__: Any) -> None:
        self._acks.ack([delivery.message])

    InboxConsumer._park = drop  # type: ignore[method-assign]


def killers_not_counted() -> None:
    """nobody counts how often handling a message was begun"""
    from plumbing.store.attempts import Attempts

    Attempts.begin = lambda self, event_id: 1  # type: ignore[method-assign]


def no_beat_beside_the_hub() -> None:
    """nothing beats while a handler keeps the processor"""
    from plumbing.bus.pulse import Pulse

    Pulse._beat = lambda self: None  # type: ignore[method-assign]


def own_clock_decides() -> None:
    """the process's own clock decides"""
    from plumbing.clock import LocalClock

    LocalClock.now = lambda self: datetime.now(UTC)  # type: ignore[method-assign]


def lost_brokers_given_up() -> None:
    """a lost connection to the broker is not opened again"""
    from plumbing.bus.link import Link

    run = Link.run

    def run_once(self: Any) -> None:
        lost = self._lost

        def lost_for_good() -> None:
            if self._pulse is not None:
                self.close()
            lost()

        self._lost = lost_for_good
        run(self)

    Link.run = run_once  # type: ignore[method-assign]


def calls_outlive_their_timeout() -> None:
    """a call waits ten times as long as it was told to"""
    from plumbing.bus.client import Client

    once = Client._once
    Client._once = (  # type: ignore[method-assign]
        lambda self, key, body, headers, patience: once(self, key, body, headers, 10 * patience)
    )


def older_copies_kept() -> None:
    """a copy takes whatever comes last, older or newer"""
    from plumbing.store import copies

    def copy_state(tx: Any, collection: str, event: Any, document: Any) -> bool:
        copy = {**document, "_id": event.subject, "sequence": event.sequence}
        tx.collection(collection).update_one(
            {"_id": event.subject}, [{"$replaceWith": {"$literal": copy}}], upsert=True
        )
        return True

    # those who use it have it by name
    copies.copy_state.__code__ = copy_state.__code__


def one_member_known() -> None:
    """a process keeps to the primary that it found first"""
    from plumbing.bus import container

    connect = container.connect

    def connect_to_one(url: str, name: str) -> Any:
        first = connect(url, name).admin.command("hello")["primary"]
        return connect(f"mongodb://{first}/?directConnection=true", name)

    container.connect = connect_to_one  # type: ignore[attr-defined,assignment]


def told_before_it_is_kept() -> None:
    """a certificate is told although storage did not take it"""
    from contracts.errors import Unavailable
    from plumbing.materials.storage import Materials

    put = Materials.put_publication

    def put_or_not(self: Any, *what: Any) -> Any:
        try:
            return put(self, *what)
        except Unavailable:
            return None

    Materials.put_publication = put_or_not  # type: ignore[method-assign]


def unwanted_settled() -> None:
    """an event that nothing here reacts to counts as handled"""
    from plumbing.bus.inbox import InboxConsumer
    from plumbing.store.inbox import Status

    later = InboxConsumer._later

    def settle(self: Any, delivery: Any, outcome: Any) -> None:
        if outcome.status is Status.UNWANTED:
            self._acks.ack([delivery.message])
        else:
            later(self, delivery, outcome)

    InboxConsumer._later = settle  # type: ignore[method-assign]


def restoring_ignored() -> None:
    """XINLV_RESTORED_AT is ignored"""
    posting = importlib.import_module("services.notify.loops.post_letters")
    posting._may_have_gone = lambda context, letter: False  # type: ignore[attr-defined]


def steps_not_whole() -> None:
    """a step's writes are not one transaction with its place and its events"""
    from plumbing.store.bound import Bound
    from plumbing.store.tx import Work

    Work.collection = lambda self, name: Bound(self.store.collection(name), None)  # type: ignore[method-assign]


BREAKAGES: dict[int, Callable[[], None]] = {
    1: acked_before_it_is_handled,
    2: stopped_without_finishing,
    3: marked_before_it_is_published,
    4: lost_brokers_given_up,
    5: calls_outlive_their_timeout,
    6: unconfirmed_taken_for_published,
    7: repeats_not_recognised,
    8: older_copies_kept,
    9: dropped_instead_of_parked,
    10: killers_not_counted,
    11: one_member_known,
    12: told_before_it_is_kept,
    13: calls_outlive_their_timeout,
    14: no_beat_beside_the_hub,
    15: own_clock_decides,
    17: unwanted_settled,
    18: restoring_ignored,
    19: steps_not_whole,
    20: acked_before_it_is_handled,
}
HERE = {5, 8, 12, 13, 18}
"""What breaks in these cases runs in the test's own process."""


def make() -> None:
    """Make the change that the environment names, where it names one."""
    if case := os.environ.get("XINLV_FAULT_BREAK"):
        BREAKAGES[int(case)]()


def pytest_configure() -> None:
    """Make it in the test's own process, where it belongs there."""
    if int(os.environ.get("XINLV_FAULT_BREAK", "0")) in HERE:
        make()
