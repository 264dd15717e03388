"""The inbox's consumer on a real channel and database, in this process, so that a test can get between."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import eventlet
import pytest
from pymongo.errors import AutoReconnect

from contracts.errors import Unavailable
from contracts.events.submission import CaseSubmitted
from plumbing.bus import inbox, names, topology
from plumbing.bus.inbox import InboxConsumer
from plumbing.bus.link import connect
from plumbing.bus.publisher import Parcel, Publisher, Receipt
from plumbing.bus.runtime import Runtime
from plumbing.settings import Settings
from tests.fakes.sample_services import REVIEW
from tests.integration.bus.conftest import bodies, depth
from tests.support.harness import Harness, MakeHarness

pytestmark = pytest.mark.stack
UNREADABLE = "not json"


class Consuming:
    """A consumer that does its work while the test lets it."""

    def __init__(self, runtime: Runtime, broker: Any) -> None:
        self.consumer = InboxConsumer(runtime)
        self.executor: Harness = runtime.executor
        self._url = runtime.settings.amqp_url
        self._broker = broker
        self._published = 0

    def publish(self, *payloads: str) -> None:
        """Publish bodies as the submission service does."""
        for payload in payloads:
            place = ("exchanges", topology.INNER, "submission.events", "publish")
            body = {
                "routing_key": "CaseSubmitted", "payload": payload, "payload_encoding": "string",
                "properties": {},
            }  # fmt: skip
            assert self._broker.post(*place, body=body)["routed"]
            self._published += 1

    def give_back(self, count: int) -> None:
        """Take messages and vanish, so that they come again as redelivered."""
        connection = connect(self._url, "one that vanishes")
        channel = connection.channel()
        assert all(channel.basic_get(names.inbox("review")) for _ in range(count))
        connection.close()

    def work(self, done: Callable[[], Any]) -> None:
        """Let it take all as one batch and work until something holds; the channel must live through it."""
        connection = connect(self._url, "inbox")
        self.consumer._prepare(connection)
        while self.consumer._waiting.qsize() < self._published:
            connection.drain_events(timeout=5)
        worker = eventlet.spawn(self.consumer._work)
        deadline = time.monotonic() + 20
        try:
            while not done():
                assert time.monotonic() < deadline, "it did not come true"
                with contextlib.suppress(TimeoutError):
                    connection.drain_events(timeout=0.05)
                eventlet.sleep(0.05)
            # an ack too many is answered by closing the channel
            channel = self.consumer._channel
            assert channel is not None
            assert channel.queue_declare(names.inbox("review"), passive=True).message_count == 0
        finally:
            worker.kill()
            connection.close()


@pytest.fixture
def consuming(stack: Any, clean: None, broker: Any, harness: MakeHarness) -> Iterator[Consuming]:
    """The review service's consumer, and a publisher that is connected."""
    settings = Settings.from_environment("review", stack.environment("review"))
    executor = harness(REVIEW)
    runtime = Runtime(executor.service, settings, executor, "here")
    running = threading.Thread(target=runtime.publisher.link.run)
    running.start()
    assert runtime.publisher.link.connected.wait(10)
    yield Consuming(runtime, broker)
    runtime.publisher.link.close()
    running.join(10)


def told(service: Harness, case_id: str, title: str = "plain", **changes: Any) -> str:
    """Return the body of an event that a case came in."""
    data = {
        "case_id": case_id, "number": "N", "edition_id": "xl3", "edition_version": 1, "track": "t1",
        "title": title, "summary": "…", "answers": {}, "unit_id": "unit-1", "joint_units": [],
        "contact_account": "acc-1", "materials": [], "revision": 1, "submitted_at": service.clock.now(),
    }  # fmt: skip
    body = service.event(CaseSubmitted, case_id, 1, data).to_cloudevent()
    return json.dumps({**body, **changes})


def cases(service: Harness) -> list[str]:
    return [row["_id"] for row in service.rows("cases")]


@pytest.mark.parametrize("failing", ["find_one_and_update", "delete_one"])
def test_a_count_that_cannot_be_written_holds_up_its_own_event_only(
    consuming: Consuming, broker: Any, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    service, attempts = consuming.executor, consuming.executor.attempts
    consuming.publish(UNREADABLE, told(service, "case-1"))
    consuming.give_back(2)
    consuming.publish(told(service, "case-2"))
    rows, failures = attempts._rows, [AutoReconnect("gone")]

    class Flaky:
        """The rows of a database that is away for one moment."""

        def __getattr__(self, name: str) -> Any:
            if name == failing and failures:
                raise failures.pop()
            return getattr(rows, name)

    monkeypatch.setattr(attempts, "_rows", Flaky())
    consuming.work(lambda: cases(service) == ["case-1", "case-2"] and not consuming.consumer._held)
    assert failures == []
    assert depth(broker, names.parked("review")) == 1
    assert {row["times"] for row in service.rows("counts")} == {1}


@pytest.mark.parametrize("poison", [{"sequence": "infinite"}, {"id": "evt-\ud800"}])
def test_poison_for_the_reader_or_the_count_is_parked_alone(
    consuming: Consuming, broker: Any, poison: dict[str, str]
) -> None:
    service = consuming.executor
    consuming.publish(told(service, "case-x", **poison).replace('"infinite"', "1e999"))
    consuming.give_back(1)
    consuming.publish(told(service, "case-1"))
    consuming.work(lambda: cases(service) == ["case-1"] and depth(broker, names.parked("review")) == 1)
    assert bodies(broker, names.parked("review"))[0]["subject"] == "case-x"


def test_a_killer_is_not_forgotten_before_it_is_parked(
    consuming: Consuming, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, attempts = consuming.executor, consuming.executor.attempts
    body = told(service, "case-p")
    event_id = json.loads(body)["id"]
    for _ in range(inbox.BEGUN_TOO_OFTEN):
        attempts.begin(event_id)
    consuming.publish(body)
    consuming.give_back(1)
    publish, counts = Publisher.publish, []

    def fail_at_first(self: Publisher, parcels: Sequence[Parcel], timeout: float = 30.0) -> list[Receipt]:
        if not counts:
            counts.append(0)
            raise Unavailable("消息代理暂不可用。", "The message broker does not answer.")
        counts.append(len(service.rows("attempts", {"_id": event_id})))
        return publish(self, parcels, timeout)

    monkeypatch.setattr(Publisher, "publish", fail_at_first)
    consuming.work(lambda: depth(broker, names.parked("review")) == 1 and not service.rows("attempts"))
    assert counts == [0, 1]
    assert cases(service) == []


def test_an_event_in_hand_is_taken_again_once(consuming: Consuming) -> None:
    service = consuming.executor
    consuming.publish(told(service, "case-1"))
    turns: list[int] = []
    handle_together = consuming.consumer._handle_together

    def hold_and_break(batch: Any) -> None:
        turns.append(len(batch))
        if len(turns) == 1:
            consuming.consumer._hold(batch, 0.1)
            raise RuntimeError("a fault of ours")
        handle_together(batch)

    consuming.consumer._handle_together = hold_and_break  # type: ignore[method-assign]
    consuming.work(lambda: cases(service) == ["case-1"] and not consuming.consumer._held)
    assert turns == [1, 1]
