"""Confirmed publishing: what was kept, what came back, what was refused, and what nobody knows."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import amqp
import pytest

from contracts.errors import Unavailable
from plumbing.bus.link import connect
from plumbing.bus.publisher import Parcel, Publisher, Receipt
from tests.support.waiting import until

pytestmark = pytest.mark.stack


@pytest.fixture
def publisher(virtual_host: str) -> Iterator[Publisher]:
    connection = connect(virtual_host, "test")
    channel = connection.channel()
    channel.queue_declare("wide", durable=True, auto_delete=False)
    channel.queue_declare(
        "narrow",
        durable=True,
        auto_delete=False,
        arguments={"x-max-length": 1, "x-overflow": "reject-publish"},
    )
    connection.close()
    publisher = Publisher(virtual_host, "test")
    thread = threading.Thread(target=publisher.link.run)
    thread.start()
    assert publisher.link.connected.wait(10)
    yield publisher
    publisher.link.close()
    thread.join(10)


def parcels(queue: str, number: int) -> list[Parcel]:
    return [
        Parcel(amqp.Message("x", message_id=f"{queue}-{turn}", delivery_mode=2), "", queue)
        for turn in range(number)
    ]


def test_each_message_gets_its_own_receipt(publisher: Publisher) -> None:
    mixed = [
        *parcels("wide", 2),
        *parcels("nowhere", 1),
        *parcels("wide", 300)[2:],
        *parcels("nowhere", 2)[1:],
    ]
    receipts = publisher.publish(mixed)
    assert [place for place, receipt in enumerate(receipts) if receipt is Receipt.RETURNED] == [
        2,
        len(mixed) - 1,
    ]
    assert receipts.count(Receipt.CONFIRMED) == len(mixed) - 2
    assert publisher.publish([]) == []


def test_what_the_broker_cannot_keep_is_refused(publisher: Publisher) -> None:
    receipts = [publisher.publish([parcel])[0] for parcel in parcels("narrow", 4)]
    assert receipts[0] is Receipt.CONFIRMED and receipts[-1] is Receipt.REFUSED


def test_threads_share_it(publisher: Publisher) -> None:
    found: list[Any] = []

    def work(number: int) -> None:
        batch = [
            Parcel(amqp.Message("x", message_id=f"{number}-{turn}"), "", "wide" if turn % 2 else "nowhere")
            for turn in range(50)
        ]
        found.append(publisher.publish(batch) == [Receipt.RETURNED, Receipt.CONFIRMED] * 25)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 6


def test_a_lost_connection_says_that_nobody_knows(publisher: Publisher) -> None:
    publisher.link.fail()
    with pytest.raises(Unavailable):
        for _ in range(1000):
            publisher.publish(parcels("wide", 1), timeout=5)

    def works() -> bool:
        with contextlib.suppress(Unavailable):
            return publisher.publish(parcels("wide", 1)) == [Receipt.CONFIRMED]
        return False

    until(works)


def test_without_a_broker_it_is_unavailable_at_once() -> None:
    with pytest.raises(Unavailable):
        Publisher("amqp://a:b@127.0.0.1:9/x", "test").publish(parcels("wide", 1))
