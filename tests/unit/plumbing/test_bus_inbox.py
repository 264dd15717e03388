"""Each delivery is acked when it is done or safe elsewhere, and stays in our hands until then."""

from __future__ import annotations

import time
from typing import Any

import eventlet
import pytest
from prometheus_client import REGISTRY

from contracts.errors import Unavailable
from plumbing.bus import inbox as consuming
from plumbing.bus.inbox import BEGUN_TOO_OFTEN, SOON
from plumbing.bus.publisher import Receipt
from plumbing.store.inbox import Status
from tests.unit.plumbing.consumer import BODY, Consumer, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def consumer(world: World, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    def spawn_after(seconds: float, run: Any, *args: Any) -> None:
        world.later.append((seconds, lambda: run(*args)))

    monkeypatch.setattr(eventlet, "sleep", time.sleep)
    monkeypatch.setattr(eventlet, "spawn_after", spawn_after)
    return Consumer(world)


@pytest.mark.parametrize(("body", "exchange"), [("not json", "registration.events"), (BODY, "awards.events")])
def test_what_cannot_be_believed_is_parked_and_its_neighbour_is_handled(
    consumer: Consumer, world: World, body: str, exchange: str
) -> None:
    consumer.deliver(body, exchange)
    consumer.deliver()
    consumer.turn()
    assert world.sent == ["review.parked"] and world.acked == [1, 2] and world.handled == 1


@pytest.mark.parametrize("receipts", [[Receipt.REFUSED], Unavailable("不可用。", "Away.")])
def test_what_the_broker_does_not_keep_elsewhere_stays_in_hand(
    consumer: Consumer, world: World, receipts: Any
) -> None:
    world.receipts = receipts
    consumer.deliver("not json")
    consumer.turn()
    assert world.acked == [] and len(world.later) == 1
    world.receipts = [Receipt.CONFIRMED]
    world.wait_all()
    consumer.turn()
    assert world.acked == [1] and not world.later


def test_at_a_stop_it_is_left_to_the_broker(consumer: Consumer, world: World) -> None:
    world.receipts = [Receipt.REFUSED]
    consumer.inbox._stopping = True
    consumer.deliver("not json")
    consumer.inbox._work()
    assert world.acked == [] and world.later == [] and consumer.inbox._drained.ready()


def test_what_is_not_there_yet_waits_here_and_then_in_a_queue(consumer: Consumer, world: World) -> None:
    world.status = Status.NOT_YET
    consumer.deliver()
    waited = []
    while not world.sent:
        consumer.turn()
        waited += [seconds for seconds, _ in world.later]
        world.wait_all()
    assert tuple(waited) == SOON and world.acked == [1]
    assert world.sent[0].startswith("review.retry.")


def test_a_failure_goes_to_a_waiting_queue_at_once(consumer: Consumer, world: World) -> None:
    world.status = Status.FAILED
    consumer.deliver()
    consumer.turn()
    assert world.later == [] and world.acked == [1] and world.sent[0].startswith("review.retry.")


@pytest.mark.parametrize(("exchange", "sent"), [("registration.replay", 0), ("registration.events", 1)])
def test_what_nobody_wants_is_dropped_only_from_a_replay(
    consumer: Consumer, world: World, exchange: str, sent: int
) -> None:
    world.status = Status.UNWANTED
    consumer.deliver(exchange=exchange)
    consumer.turn()
    assert len(world.sent) == sent and world.acked == [1]


@pytest.mark.parametrize(
    ("begun", "handled", "sent", "acked"),
    [
        (BEGUN_TOO_OFTEN, 2, [], [2, 1]),
        (BEGUN_TOO_OFTEN + 1, 1, ["review.parked"], [1, 2]),
        (Unavailable("不可用。", "Away."), 1, [], [2]),
        (ValueError("no id"), 1, ["review.parked"], [1, 2]),
    ],
)
def test_what_came_back_is_counted_and_hinders_no_neighbour(
    consumer: Consumer, world: World, begun: Any, handled: int, sent: list[str], acked: list[int]
) -> None:
    world.begun = begun
    consumer.deliver(again=True)
    consumer.deliver()
    consumer.turn()
    assert (world.handled, world.sent) == (handled, sent) and sorted(world.acked) == sorted(acked)


def test_a_killer_that_cannot_be_parked_keeps_its_count(consumer: Consumer, world: World) -> None:
    world.begun, world.receipts = BEGUN_TOO_OFTEN + 1, [Receipt.RETURNED]
    consumer.deliver(again=True)
    consumer.turn()
    assert world.begun == BEGUN_TOO_OFTEN + 1 and world.acked == [] and world.handled == 0


def test_a_batch_that_cannot_be_handled_is_tried_again(consumer: Consumer, world: World) -> None:
    world.fault = RuntimeError("a fault of ours")
    consumer.deliver()
    turns: list[int] = []
    gather = consumer.inbox._gather

    def next_batch() -> Any:
        turns.append(len(world.later))
        consumer.inbox._stopping = True
        if len(turns) == 2:
            world.fault = None
            world.wait_all()
        return gather()

    consumer.inbox._gather = next_batch  # type: ignore[method-assign]
    consumer.inbox._work()
    assert turns == [0, 1] and world.acked == [1] and world.handled == 1


def test_what_a_lost_channel_delivered_is_nobodys_any_more(consumer: Consumer, world: World) -> None:
    world.status = Status.NOT_YET
    consumer.deliver()
    consumer.turn()
    consumer.deliver()
    late = consumer.inbox._gather()
    consumer.inbox._lost()
    world.status = Status.HANDLED
    world.wait_all()
    consumer.inbox._handle(late)
    assert consumer.inbox._waiting.empty() and world.handled == 1 and world.acked == []
    consumer.inbox.kill()
    consumer.inbox._work()
    assert consumer.inbox._link._closing.is_set() and consumer.inbox._drained.ready()


def test_a_batch_has_an_end(consumer: Consumer, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consuming, "BATCH", 3)
    for _ in range(4):
        consumer.deliver()
    consumer.turn()
    assert world.acked == [3]
    consumer.turn()
    assert world.acked == [3, 4] and world.handled == 4


def test_a_repeat_is_acked_and_counted_as_one(consumer: Consumer, world: World) -> None:
    def repeats() -> float:
        labels = {"type": "xinlv.registration.SessionsRevoked.v1"}
        return REGISTRY.get_sample_value("xinlv_events_repeated_total", labels) or 0.0

    before = repeats()
    world.status = Status.REPEATED
    consumer.deliver()
    consumer.turn()
    assert world.acked == [1] and world.sent == [] and repeats() == before + 1


def test_a_count_that_cannot_be_forgotten_costs_no_event(consumer: Consumer, world: World) -> None:
    world.unforgotten = Unavailable("不可用。", "Away.")
    consumer.deliver(again=True)
    consumer.turn()
    assert world.acked == [1] and world.sent == [] and world.later == []
