"""What a service runs in greenlets, on threads of the test process; and a runtime without its parts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from plumbing.bus.runtime import Runtime
from plumbing.settings import Settings
from tests.fakes.sample_services import REVIEW


def none_named(name: str) -> bool:
    """Whether no thread of this name runs any more."""
    return all(thread.name != name for thread in threading.enumerate())


@contextmanager
def beside(run: Callable[[], Any], end: Callable[[], Any]) -> Iterator[threading.Thread]:
    """Run something on a thread; ``end`` must bring it to its end."""
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        end()
        thread.join(10)
    assert not thread.is_alive(), "it did not end"


class Pool:
    """Threads where a service has greenlets."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def spawn_n(self, run: Callable[..., Any], *args: Any) -> None:
        """Begin something."""
        thread = threading.Thread(target=run, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def waitall(self) -> None:
        """Wait for all."""
        for thread in self._threads:
            thread.join(10)

    spawn_managed_thread = spawn_n


class Signal(threading.Event):
    """Tells once, as eventlet's event does."""

    def send(self) -> None:
        """Tell."""
        self.set()

    def wait(self, timeout: float | None = 10) -> bool:
        """Wait to be told."""
        return super().wait(timeout)


def a_runtime(executor: Any) -> Runtime:
    """The runtime of a process whose store is whatever a test gives; its broker is not there."""
    settings = Settings.from_environment(None, {"XINLV_AMQP_URL": "amqp://127.0.0.1:1/xinlv"})
    return Runtime(REVIEW, settings, executor, "holder-1")
