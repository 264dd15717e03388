"""The real five services and their parts, started in every order; then the desk's own check."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo.errors import PyMongoError

from contracts.errors import Unavailable
from contracts.words import SERVICES
from desk.check.run import run_checks
from plumbing.bus.client import Client
from runner.provision import provision
from runner.services import ServiceProcesses
from runner.stack import Stack, mail, minio, mongod, processes, rabbitmq
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long]
EDITION = Path(__file__).resolve().parents[2] / "editions" / "xinlv-3.yaml"
WORD = "correct horse battery staple"


@pytest.fixture
def fresh(stack: Stack, mongo: Any, broker: Any) -> Iterator[None]:
    """Empty databases and queues, as after an installation, and again afterwards."""

    def empty() -> None:
        for name in (*SERVICES, "clock"):
            mongo.drop_database(f"xinlv_{name}")
        for queue in broker.get("queues", "xinlv"):
            broker.delete("queues", "xinlv", queue["name"], "contents")

    empty()
    provision(stack)
    yield
    empty()
    provision(stack)


def starters(stack: Stack) -> dict[str, Callable[[], object]]:
    """Return how each part is started."""
    quiet = lambda *_: None  # noqa: E731
    state, secrets = stack.state, stack.secrets
    return {
        rabbitmq.PART: lambda: rabbitmq.start(state, rabbitmq.provide(quiet), secrets, True),
        mongod.PART: lambda: mongod.start(state, mongod.provide(quiet), secrets, True),
        minio.PART: lambda: minio.start(state, minio.provide(quiet), secrets, True),
        mail.PART: lambda: mail.start(state, True),
    }


def wait_for_parts(stack: Stack) -> None:
    """Wait until every part serves."""
    mongod.wait(stack.state, stack.secrets)
    minio.wait(stack.state)
    mail.wait(stack.state)
    rabbitmq.wait(stack.state, stack.secrets)


@pytest.mark.timeout(400)
def test_everything_finds_together(
    stack: Stack, fresh: None, service_processes: Any, dice: Any, mongo: Any, seed: int
) -> None:
    services = ServiceProcesses(stack)
    start = starters(stack)
    try:
        for part in dice.sample(sorted(start), len(start)):
            processes.stop(stack.state.children()[part], 20)
            stack.state.forget(part)
        order = dice.sample([*SERVICES, *start], len(SERVICES) + len(start))
        pause = threading.Event()
        for name in order:
            start.pop(name, lambda name=name: services.launch(name))()
            pause.wait(dice.uniform(0, 0.5))
        wait_for_parts(stack)
        for name in SERVICES:
            services.wait_ready(name, 60)
        _use(stack, mongo)
    finally:
        services.stop(SERVICES)
        for begin in start.values():
            begin()
        wait_for_parts(stack)


def _use(stack: Stack, mongo: Any) -> None:
    """Make the first operator, publish the edition, invite somebody, and have the desk check the whole."""
    told = stack.environment()
    with Client(told["XINLV_AMQP_URL"], timeout=15) as client:
        person = {"name": "运维", "email": "operator@example.cn", "phone": "13800138000"}
        made = {"secret": told["XINLV_BOOTSTRAP_SECRET"], "person": person, "password": WORD}
        until(lambda: _asked(lambda: client.call("registration", "bootstrap_operator", made)), 30)
        signed = client.call("registration", "sign_in", {"email": person["email"], "password": WORD})
        token = signed["access_token"]
        rules = yaml.safe_load(EDITION.read_text(encoding="utf-8"))
        published = {"edition": rules, "reason": "first"}
        client.call("registration", "publish_edition", published, token)
        invited = f"{uuid.uuid4().hex}@example.cn"
        secretary = {"name": "秘书", "email": invited, "phone": "13900139000"}
        client.call("registration", "invite_account", {"role": "secretariat", "person": secretary}, token)
        until(lambda: _has_come(stack, invited), 60, "the letter did not leave")
        report = run_checks(client, token, told, wait=60)
        assert report.held, [result for result in report.results if result.findings or result.why]
        heard = [name for name in SERVICES if name != "registration"]
        assert all(mongo[f"xinlv_{name}"].editions.count_documents({}) == 1 for name in heard)


def _has_come(stack: Stack, address: str) -> bool:
    letters = (stack.letters / "new").glob("*")
    return any(address.encode() in letter.read_bytes() for letter in letters)


def _asked(call: Callable[[], Any]) -> Any:
    try:
        return call() or True
    except (Unavailable, PyMongoError):
        return None
