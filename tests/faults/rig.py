"""What a fault case needs: service processes that die and come back, and clients that keep on asking."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import amqp

from contracts.errors import Refusal, Unavailable
from plumbing.bus.client import Client
from plumbing.bus.link import connect
from runner.stack.environment import MEASURING
from tests.integration.bus.conftest import ROOT, Sample
from tests.support.waiting import until

RECOVERY = float(os.environ.get("XINLV_FAULT_RECOVERY", "60"))
"""Within so many seconds after the trouble everything must be settled."""


class Node(Sample):
    """A sample service process of the fault runs."""

    def launch(self, **changes: str) -> Node:
        """Start the process, with other variables than before where told."""
        self._environment.update(changes)
        # who is killed can tell no coverage, and measuring it costs as much again
        self._environment.pop(MEASURING, None)
        if "XINLV_FAULT_BREAK" in os.environ:
            self._environment["XINLV_FAULT_BREAK"] = os.environ["XINLV_FAULT_BREAK"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.process", self.name],
                env=self._environment, stderr=log, stdout=log, cwd=ROOT,
            )  # fmt: skip
        return self

    def wait_killed(self, seconds: float = 40) -> Node:
        """Wait until it died by SIGKILL, as it was armed to."""
        code = until(lambda: self.process.poll(), seconds, f"{self.name} did not die: {self.tail()}")
        assert code == -signal.SIGKILL, f"{self.name} ended with {code}: {self.tail()}"
        return self

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep it from running: what is sent to it meanwhile arrives all at once."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def complaints(self) -> str:
        """Return the last errors of its log."""
        lines = self.log.read_text().splitlines()
        found = [line[-3000:] for line in lines if '"level": "error"' in line or "Error" in line]
        return "\n".join(found)[-6000:]

    def metric(self, line: str) -> float:
        """Return the value of one line of its metrics, 0 where there is none yet."""
        found = self.get("/metrics")[1].partition(f"\n{line} ")[2].split()
        return float(found[0]) if found else 0.0

    def memory_mb(self, what: str = "VmRSS") -> float:
        """Return its resident memory: now, or the most there ever was (``VmHWM``)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) / 1024
        return 0.0


def die_again(plans: dict[Node, list[str]], seconds: float = 60) -> None:
    """Launch each node again whenever it has died, armed with its next fault, until no plan has any left."""

    def done() -> bool:
        for node, faults in plans.items():
            if faults and node.process.poll() is not None:
                node.wait_killed().launch(XINLV_FAULT=faults.pop(0))
        return not any(plans.values())

    until(done, seconds, f"did not die: {[node.name for node, faults in plans.items() if faults]}")
    for node in plans:
        node.ready()


class Load:
    """Threads that hand cases in, each under its own command id, until told to stop or all are in."""

    def __init__(
        self, client: Client, token: str, *, threads: int = 4, most: int = 2000, timeout: float = 4.0,
        title: Callable[[int], str] = lambda number: "plain", name: str = "case", pace: float = 0.05,
    ) -> None:  # fmt: skip
        self._client = client
        self._token = token
        self._timeout = timeout
        self._title = title
        self._name = name
        self._pace = pace
        self._left = iter(range(most))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.accepted: list[str] = []
        self.refused: dict[str, tuple[int, Refusal]] = {}
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                number = next(self._left, None)
            if number is None:
                return
            self._submit(number)

    def _submit(self, number: int) -> None:
        case_id = f"{self._name}-{number}"
        args = {"case_id": case_id, "reason": self._title(number)}
        try:
            answer = self._client.call(
                "submission", "submit_case", args, self._token, f"cmd-{case_id}", timeout=self._timeout
            )
            assert answer["case_id"] == case_id
            self.accepted.append(case_id)
            self.refused.pop(case_id, None)
            self._stop.wait(self._pace)
        except Refusal as refusal:
            self.refused[case_id] = (number, refusal)
            # nobody asks as fast as he can while nobody answers
            self._stop.wait(0.1)

    def reach(self, more: int, seconds: float = 40) -> Load:
        """Wait until so many more were confirmed, or all there are."""
        wanted = len(self.accepted) + more
        until(
            lambda: len(self.accepted) >= wanted or not any(one.is_alive() for one in self._threads),
            seconds, f"{len(self.accepted)} of {wanted} confirmed",
        )  # fmt: skip
        return self

    def end(self) -> Load:
        """Let each thread finish what it asked last."""
        self._stop.set()
        return self.wait()

    def wait(self) -> Load:
        """Wait until every thread has ended."""
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive(), "a call hangs beyond every timeout"
        return self

    def ask_again(self) -> Load:
        """Ask once more, with the same ids, for what was not answered."""
        for number, refusal in list(self.refused.values()):
            assert isinstance(refusal, Unavailable), f"{refusal.code}: {refusal}"
            self._submit(number)
        return self

    def settle(self) -> list[str]:
        """Ask again for what was not answered; return every confirmed case."""
        self.ask_again()
        assert not self.refused, f"still refused after recovery: {self.refused}"
        return self.accepted


class Wire:
    """A raw connection, for what no client of ours would send."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url, "fault wire")
        self._channel = self._connection.channel()
        self._channel.confirm_select()

    def publish(self, exchange: str, key: str, body: bytes | str, **properties: Any) -> None:
        """Publish a message and wait until the broker keeps it."""
        properties.setdefault("delivery_mode", 2)
        self._channel.basic_publish_confirm(amqp.Message(body, **properties), exchange, key)

    def publish_together(self, messages: Iterable[tuple[str, str, bytes | str, dict[str, Any]]]) -> None:
        """Publish (exchange, key, body, properties) one behind the other, then wait until all are kept."""
        channel = self._connection.channel()
        channel.confirm_select()
        unconfirmed: set[int] = set()

        def acked(tag: int, multiple: bool) -> None:
            unconfirmed.difference_update(range(tag + 1) if multiple else (tag,))

        channel.events["basic_ack"].add(acked)
        for tag, (exchange, key, body, properties) in enumerate(messages, 1):
            unconfirmed.add(tag)
            channel.basic_publish(amqp.Message(body, **{"delivery_mode": 2, **properties}), exchange, key)
        while unconfirmed:
            self._connection.drain_events(timeout=20)
        channel.close()

    def depth(self, queue: str) -> int:
        """Return how many messages wait in a queue."""
        return int(self._channel.queue_declare(queue, passive=True).message_count)

    def take(self, queue: str) -> list[amqp.Message]:
        """Look at every waiting message; all go back to their places."""
        channel = self._connection.channel()
        taken = []
        while (message := channel.basic_get(queue)) is not None:
            taken.append(message)
        channel.close()
        return taken

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
