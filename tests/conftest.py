"""What every test may ask for: one real stack a session, and cheap fresh ground on it for each test."""

from __future__ import annotations

import base64
import json
import os
import secrets
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from pymongo import MongoClient
from pymongo.database import Database

from plumbing.settings import SERVICES, Settings
from runner.services import ServiceProcesses
from runner.stack import Stack

pytest_plugins = ["tests.support.harness"]
ManageBroker = Callable[[str, str, Any], bytes]

# The ordinary run takes the same examples everywhere; XINLV_EXPLORE=1 looks for new ones.
SLOW = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("explore" if os.environ.get("XINLV_EXPLORE") else "same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that none of them is left for the end when others run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Let no test's command line decide what later tests of the same process get to log."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A real, provisioned stack without services, shared by the session; it ends with this process."""
    variables = {"XINLV_RETRY_DELAYS": "0.3,1,3"}
    running = Stack(tmp_path_factory.mktemp("stack"), "tests", follow=True, variables=variables)
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of the test file's own: for tests that count everything, or change what others rely on."""
    variables = {"XINLV_RETRY_DELAYS": "0.3,1,3"}
    running = Stack(tmp_path_factory.mktemp("own"), "own", follow=True, variables=variables)
    running.start()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def own_mongo(own_stack: Stack) -> Iterator[MongoClient[dict[str, Any]]]:
    """The operator's connection to the database server of the test file's own stack."""
    with MongoClient[dict[str, Any]](own_stack.environment()["XINLV_MONGO_URL"], tz_aware=True) as client:
        yield client


@pytest.fixture
def settings_of(stack: Stack) -> Callable[..., Settings]:
    """Settings as a service of the stack gets them: settings_of("review", XINLV_RETRIES="1")."""

    def read(service: str | None = None, **extra: str) -> Settings:
        return Settings.from_environment(service, {**stack.environment(service), **extra})

    return read


@pytest.fixture
def service_processes(stack: Stack) -> Iterator[Callable[..., ServiceProcesses]]:
    """Start real services, stopped after the test: service_processes("review", XINLV_RETRIES="1")."""
    started: list[tuple[ServiceProcesses, tuple[str, ...]]] = []

    def start(*names: str, **extra: str) -> ServiceProcesses:
        services = ServiceProcesses(stack, extra)
        started.append((services, names or SERVICES))
        services.start(names or SERVICES)
        return services

    yield start
    for services, names in reversed(started):
        services.stop(names)


@pytest.fixture(scope="session")
def mongo(stack: Stack) -> Iterator[MongoClient[dict[str, Any]]]:
    """The operator's connection to the stack's database server."""
    with MongoClient[dict[str, Any]](stack.environment()["XINLV_MONGO_URL"], tz_aware=True) as client:
        yield client


@pytest.fixture
def database(mongo: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """A database of this test's own, dropped afterwards."""
    own = mongo[f"test_{secrets.token_hex(6)}"]
    yield own
    mongo.drop_database(own)


@pytest.fixture(scope="session")
def manage_broker(stack: Stack) -> ManageBroker:
    """Call the broker's management interface: manage_broker("PUT", "/api/vhosts/x", {})."""
    told = stack.environment()
    word = f"{told['XINLV_BROKER_MANAGEMENT_USER']}:{told['XINLV_BROKER_MANAGEMENT_PASSWORD']}"
    token = base64.b64encode(word.encode()).decode()

    def call(method: str, path: str, body: Any = None) -> bytes:
        request = urllib.request.Request(
            told["XINLV_BROKER_MANAGEMENT_URL"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    return call


@pytest.fixture
def virtual_host(stack: Stack, manage_broker: ManageBroker) -> Iterator[str]:
    """The AMQP URL of a virtual host of this test's own, with every right in it; removed afterwards."""
    told: Mapping[str, str] = stack.environment()
    name = f"test-{secrets.token_hex(6)}"
    user = told["XINLV_BROKER_MANAGEMENT_USER"]
    manage_broker("PUT", f"/api/vhosts/{name}", {})
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    manage_broker("PUT", f"/api/permissions/{name}/{user}", rights)
    place = stack.endpoints()["broker"].removeprefix("amqp://").rpartition("/")[0]
    yield f"amqp://{user}:{told['XINLV_BROKER_MANAGEMENT_PASSWORD']}@{place}/{name}"
    manage_broker("DELETE", f"/api/vhosts/{name}")
