"""What a demo with --keep leaves running: asked as a user asks, and broken on purpose."""

from __future__ import annotations

import io
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml
from pymongo import MongoClient
from rich.console import Console

from contracts.edition import edition_from_dict
from contracts.words import SERVICES
from demo.cast import Unit, invent_cast
from demo.mailbox import Mailbox
from demo.show import Screen
from demo.stage import Stage
from plumbing.bus.client import Client
from runner.performance import DEFAULT_EDITION
from runner.services import ServiceProcesses
from runner.stack import Stack, processes, rabbitmq
from runner.stack.state import ROOT
from tests.e2e.demo.playing import SEED, SIZE

AT_ONCE = 16
"""So many ask at the same time that some of them are under way whenever a service is killed."""


@dataclass
class Kept:
    """A stack that is left, and the people of its contest, of whom operator and secretariat are signed in."""

    name: str
    said: str
    """What the demo said."""
    stack: Stack
    stage: Stage

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``./xinlv`` with these words."""
        return subprocess.run(
            [str(ROOT / "xinlv"), *words], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
        )

    def desk(self, *words: str) -> Any:
        """Ask the desk of this stack and return its JSON."""
        answer = self.run("desk", "--stack", self.name, "--json", *words)
        assert answer.returncode == 0, f"{words}: {answer.returncode} {answer.stdout} {answer.stderr}"
        return json.loads(answer.stdout)

    @contextmanager
    def mongo(self) -> Iterator[MongoClient[dict[str, Any]]]:
        """Connect to its database as the operator."""
        told = self.stack.environment()
        with MongoClient[dict[str, Any]](told["XINLV_MONGO_URL"], tz_aware=True) as client:
            yield client


@contextmanager
def take_hold(name: str, said: str) -> Iterator[Kept]:
    """Attach to what a demo of this size and seed left."""
    stack = Stack(name=name, follow=True).attach()
    told = stack.environment()
    data = yaml.safe_load(DEFAULT_EDITION.read_text("utf-8"))
    edition = edition_from_dict(data)
    tracks = [(track.id, track.number) for track in edition.tracks]
    with Client(told["XINLV_AMQP_URL"], timeout=5.0, name="kept") as client:
        stage = Stage(
            client=client, mailbox=Mailbox(stack.letters), cast=invent_cast(SEED, tracks, *SIZE),
            edition_data=data, edition=edition, seed=SEED, bootstrap_secret=told["XINLV_BOOTSTRAP_SECRET"],
            show=Screen(Console(file=io.StringIO())),
        )  # fmt: skip
        for person in (stage.cast.operator, stage.cast.secretariat[0]):
            stage.sign_in(person)
        yield Kept(name, said, stack, stage)


def kill_all(stack: Stack) -> None:
    """End every service and the broker as a crash would, and start them again."""
    services = ServiceProcesses(stack)
    for name in SERVICES:
        services.kill(name)
    for name in (rabbitmq.PART, "epmd"):
        processes.kill(stack.state.children()[name])
        stack.state.forget(name)
    assert not services.running()
    rabbitmq.start(stack.state, rabbitmq.provide(lambda *_: None), stack.secrets, stack.follow)
    rabbitmq.wait(stack.state, stack.secrets)
    services.start()


def update_units_while(stage: Stage, happens: Callable[[], None]) -> Counter[str]:
    """Let some units be saved again and again while something happens; return how often each was confirmed.

    Every other service hears of each. Nobody gives up: what was not answered is asked again under its id.
    """
    secretary = stage.cast.secretariat[0]
    confirmed: Counter[str] = Counter()
    stop, under_way = threading.Event(), threading.Barrier(AT_ONCE + 1)

    def update(unit: Unit) -> None:
        for turn in range(1000):
            if turn == 3:
                under_way.wait(30)
            version = stage.call(secretary, "registration.get_unit", unit_id=unit.unit_id)["version"]
            stage.call(
                secretary, "registration.update_unit", unit_id=unit.unit_id, version=version,
                recommender=unit.recommender, reason="核对",
            )  # fmt: skip
            confirmed[unit.unit_id] += 1
            if stop.is_set():
                return

    with ThreadPoolExecutor(AT_ONCE) as pool:
        working = [pool.submit(update, unit) for unit in stage.cast.units[:AT_ONCE]]
        try:
            under_way.wait(30)
            happens()
        finally:
            stop.set()
        for one in working:
            one.result()
    return confirmed
