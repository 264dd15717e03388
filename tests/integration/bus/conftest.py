"""Sample services as real processes on the session's stack, with short waits between retries."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.words import SERVICES, Role
from plumbing.bus import declare, names, topology
from plumbing.bus.client import Client
from plumbing.bus.management import Management
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import Settings
from runner.stack import Stack
from tests.fakes.sample_services import SAMPLES
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
DELAYS = (0.3, 1.0)
"""Of the waiting queues that the session's stack has, the short ones."""


class Sample:
    """One sample service process."""

    def __init__(self, stack: Stack, name: str, logs: Path, extra: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.name = name
        self.log = logs / f"{name}-{self.port}.log"
        self._environment = {
            **stack.environment(name),
            "PYTHONPATH": str(ROOT),
            "XINLV_RETRY_DELAYS": ",".join(map(str, DELAYS)),
            "XINLV_RETRIES": "2",
            "XINLV_HTTP_PORT": str(self.port),
            **extra,
        }
        self.process: subprocess.Popen[bytes] = None  # type: ignore[assignment]
        self.launch()

    def launch(self) -> Sample:
        """Start the process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.fakes.sample_process", self.name],
                env=self._environment,
                stderr=log,
                stdout=log,
                cwd=ROOT,
            )
        return self

    def get(self, path: str) -> tuple[int, str]:
        """Ask its web server."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str) -> float:
        """Return what it counted under a metric's name with its labels; 0 when nothing."""
        lines = self.get("/metrics")[1].splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)

    def ready(self) -> Sample:
        """Wait until it is ready."""
        until(lambda: self.get("/readyz")[0] == 200, 30, f"{self.name} is not ready: {self.tail()}")
        return self

    def tail(self) -> str:
        """Return the end of its log."""
        return self.log.read_text()[-3000:]

    def said(self, word: str) -> int:
        """Count log lines with a word."""
        return sum(word in line for line in self.log.read_text().splitlines())

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Return its log's lines of one event."""
        found = [json.loads(line) for line in self.log.read_text().splitlines() if event in line]
        return [line for line in found if line["event"] == event]

    def stop(self, seconds: float = 25) -> int:
        """Stop it in order and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


@pytest.fixture(scope="session")
def broker(stack: Stack) -> Management:
    """The management interface of the session's broker, with the short waiting queues declared."""
    told = stack.environment()
    management = Management(
        told["XINLV_BROKER_MANAGEMENT_URL"],
        told["XINLV_BROKER_MANAGEMENT_USER"],
        told["XINLV_BROKER_MANAGEMENT_PASSWORD"],
    )
    declare.apply(declared(stack), management, {})
    return management


def declared(stack: Stack) -> topology.Topology:
    """The topology the sample services run on."""
    return topology.describe(
        topology.wanted_by(SAMPLES.values()),
        delays=Settings.from_environment(None, stack.environment()).retry_delays,
        operators=[stack.environment()["XINLV_BROKER_MANAGEMENT_USER"]],
    )


@pytest.fixture
def clean(stack: Stack, broker: Management, mongo: Any) -> Iterator[None]:
    """Empty queues and databases of the sample services."""
    for service in SERVICES:
        waiting = [names.retry_queue(service, delay) for delay in DELAYS]
        for queue in (names.rpc_queue(service), names.inbox(service), names.parked(service), *waiting):
            broker.delete("queues", topology.INNER, queue, "contents")
    drop(mongo)
    yield
    drop(mongo)


def drop(mongo: Any) -> None:
    """Drop the databases of the sample services, not waiting a minute for what killed processes left open."""
    mongo.admin.command({"killAllSessions": [{"user": name, "db": "admin"} for name in SAMPLES]})
    for name in SAMPLES:
        mongo.drop_database(f"xinlv_{name}")


@pytest.fixture
def samples(stack: Stack, clean: None, tmp_path: Path) -> Iterator[Callable[..., Sample]]:
    """Start sample services: samples("review", XINLV_RETRIES="1"); ready when returned."""
    started: list[Sample] = []

    def start(name: str, *, ready: bool = True, **extra: str) -> Sample:
        sample = Sample(stack, name, tmp_path, extra)
        started.append(sample)
        return sample.ready() if ready else sample

    yield start
    for sample in started:
        sample.process.terminate()
    for sample in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            sample.process.wait(20)
        sample.kill()


@pytest.fixture(scope="session")
def tokens(stack: Stack) -> Callable[..., str]:
    """Sign tokens as registration does: tokens(Role.ENTRANT)."""
    settings = Settings.from_environment("registration", stack.environment("registration"))
    signer = Tokens("registration", Keyring(settings.keyring), settings.signing_key)

    def sign(role: Role, subject: str = "") -> str:
        return signer.sign_user(subject or f"acc-{role}", [role], unit_id="unit-1")

    return sign


@pytest.fixture
def client(stack: Stack, broker: Management) -> Iterator[Client]:
    """A client as the desk has one."""
    with Client(stack.environment()["XINLV_AMQP_URL"], timeout=5) as client:
        yield client


def depth(broker: Management, queue: str) -> int:
    """Return how many messages are ready in a queue, as the broker counts now."""
    taken = broker.post(
        "queues",
        topology.INNER,
        queue,
        "get",
        body={"count": 1000, "ackmode": "ack_requeue_true", "encoding": "auto"},
    )
    return len(taken)


def bodies(broker: Management, queue: str) -> list[dict[str, Any]]:
    """Return messages of a queue without keeping them."""
    return [
        json.loads(message["payload"])
        for message in broker.post(
            "queues",
            topology.INNER,
            queue,
            "get",
            body={"count": 100, "ackmode": "ack_requeue_true", "encoding": "auto"},
        )
    ]
