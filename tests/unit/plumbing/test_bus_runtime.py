"""What keeps a process from being ready, and who waits for it."""

from __future__ import annotations

import threading

import pytest

from plumbing.bus import container
from plumbing.bus.link import Link
from tests.unit.plumbing.threads import Signal, a_runtime


class Late(threading.Event):
    """Comes true when it is asked for the third time."""

    asked = 0

    def wait(self, _timeout: float | None = None) -> bool:
        self.asked += 1
        if self.asked == 3:
            self.set()
        return self.is_set()


@pytest.fixture
def link() -> Link:
    return Link("amqp://127.0.0.1:1/xinlv", "a test", lambda _connection: None)


def test_work_begins_when_the_indexes_stand(link: Link) -> None:
    runtime = a_runtime(None)
    runtime.prepared = Late()
    assert runtime.wait_ready(link) and runtime.prepared.asked == 3
    assert not link._closing.is_set()


def test_a_stop_before_that_closes_the_link(link: Link) -> None:
    runtime = a_runtime(None)
    runtime.stopping.set()
    assert not runtime.wait_ready(link)
    link.run()  # a closed link ends at once, without asking for the broker


def test_each_trouble_is_told_until_it_is_over(link: Link) -> None:
    runtime = a_runtime(None)
    runtime.links = {"inbox": link}
    runtime.stopping.set()
    assert runtime.troubles() == [
        "broker: inbox link is down",
        "database: does not answer",
        "database: indexes are not made yet",
        "stopping",
    ]
    link.connected.set()
    runtime.database_answers = True
    runtime.prepared.set()
    runtime.stopping.clear()
    assert runtime.troubles() == []


def test_a_second_signal_to_stop_changes_nothing() -> None:
    class Once(Signal):
        """An event that may be sent once only, as eventlet's."""

        def __init__(self) -> None:
            super().__init__()
            self.told: list[int] = []

        def ready(self) -> bool:
            return bool(self.told)

        def send(self, number: int = 0) -> None:
            assert not self.told
            self.told.append(number)

    stop = Once()
    container._send_once(stop, 15)
    container._send_once(stop, 2)
    assert stop.told == [15]
