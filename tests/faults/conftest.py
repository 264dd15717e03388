"""Fixtures of the fault runs: one seed in an ordinary run, more by ``./xinlv test --faults --seeds N``."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.words import Role
from plumbing.bus.client import Client
from runner.stack import Stack, toxiproxy
from tests.faults.oracle import Oracle
from tests.faults.rig import Load, Node, Wire
from tests.integration.bus.conftest import broker, clean, client, tokens

__all__ = ["broker", "clean", "client", "tokens"]
SEEDS, FIRST, RESULTS = "XINLV_FAULT_SEEDS", "XINLV_FAULT_FIRST", "XINLV_FAULT_RESULTS"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each case its seeds; what runs against stock handlers runs once."""
    if "seed" in metafunc.fixturenames:
        first = int(os.environ.get(FIRST, "1"))
        stock = "stock" in metafunc.module.__name__
        count = 1 if stock else int(os.environ.get(SEEDS, "1"))
        metafunc.parametrize("seed", range(first, first + count), scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Write down how each seed of each case ended, for the report."""
    report = yield
    file = os.environ.get(RESULTS)
    done = report.when == "call" or (report.when == "setup" and not report.passed)
    if file and done and "seed" in getattr(item, "fixturenames", ()):
        parameters = item.callspec.params  # type: ignore[attr-defined]
        known = dict(item.user_properties)
        number = re.search(r"test_(\d+)_|_case_(\d+)", item.nodeid)
        assert number is not None
        row = {
            "case": int(number[1] or number[2]), "column": "stock" if "stock" in item.nodeid else "ours",
            "test": item.nodeid.partition("[")[0], "part": item.nodeid.partition("[")[2],
            "seed": parameters["seed"], "outcome": report.outcome,
            "seconds": round(call.duration, 1), "said": known.get("said", ""),
        }  # fmt: skip
        with Path(file).open("a", encoding="utf-8") as output:
            output.write(json.dumps(row, ensure_ascii=False) + "\n")
    return report


@pytest.fixture
def dice(request: pytest.FixtureRequest, seed: int) -> random.Random:
    """The randomness of this case and seed."""
    return random.Random(f"{request.node.originalname}-{seed}")


@pytest.fixture
def nodes(stack: Stack, clean: None, tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Start sample processes: nodes("review", fault="reaction:after:3"); ready when returned."""
    started: list[Node] = []

    def start(name: str, *, fault: str = "", ready: bool = True, **extra: str) -> Node:
        node = Node(stack, name, tmp_path, {"XINLV_FAULT": fault, **extra})
        started.append(node)
        if ready:
            node.ready()
        return node

    yield start
    for node in started:
        node.process.terminate()
    for node in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            node.process.wait(20)
        node.kill()
        # shown by pytest where the case failed
        print(f"── {node.log}\n{node.complaints()}")


@pytest.fixture
def wire(stack: Stack, broker: Any) -> Iterator[Wire]:
    """A raw connection of the operator, who may publish anything."""
    told = stack.environment()
    user, word = told["XINLV_BROKER_MANAGEMENT_USER"], told["XINLV_BROKER_MANAGEMENT_PASSWORD"]
    place = stack.endpoints()["broker"].removeprefix("amqp://")
    made = Wire(f"amqp://{user}:{word}@{place}")
    yield made
    with contextlib.suppress(Exception):
        made.close()


@pytest.fixture
def depth_of(stack: Stack, broker: Any) -> Callable[[str], int]:
    """Tell how many messages wait in a queue, over a fresh connection: the broker may have been away."""
    told = stack.environment()
    user, word = told["XINLV_BROKER_MANAGEMENT_USER"], told["XINLV_BROKER_MANAGEMENT_PASSWORD"]
    place = stack.endpoints()["broker"].removeprefix("amqp://")

    def count(queue: str) -> int:
        asking = Wire(f"amqp://{user}:{word}@{place}")
        try:
            return asking.depth(queue)
        finally:
            asking.close()

    return count


@pytest.fixture
def oracle(mongo: Any, client: Client, tokens: Any, depth_of: Any) -> Oracle:
    """The judge of every case on the sample services."""
    return Oracle(mongo, client, tokens, depth_of)


@pytest.fixture
def load(client: Client, tokens: Any) -> Iterator[Callable[..., Load]]:
    """Begin a load: load(threads=6, most=300); ended with the test at the latest."""
    begun: list[Load] = []

    def begin(**options: Any) -> Load:
        begun.append(Load(client, tokens(Role.ENTRANT), **options))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


@pytest.fixture(scope="session")
def toxics(stack: Stack) -> Iterator[toxiproxy.Toxiproxy]:
    """One toxiproxy for the session."""
    running = toxiproxy.Toxiproxy(stack.state, toxiproxy.provide(lambda *_: None))
    yield running
    running.stop()


@pytest.fixture
def amqp_proxy(stack: Stack, toxics: toxiproxy.Toxiproxy) -> Iterator[toxiproxy.Proxy]:
    """A proxy before the broker."""
    proxy = toxics.stand_before("amqp", stack.environment()["XINLV_AMQP_URL"])
    yield proxy
    proxy.remove()


@pytest.fixture
def mongo_proxy(stack: Stack, toxics: toxiproxy.Toxiproxy) -> Iterator[toxiproxy.Proxy]:
    """A proxy before the database."""
    proxy = toxics.stand_before("mongo", stack.environment()["XINLV_MONGO_URL"])
    yield proxy
    proxy.remove()
