"""A service without a broker: its real functions on a real database of its own, with a clock that is set.

    def test_submitting(harness):
        submission = harness(SERVICE)
        submission.clock.set(datetime(2026, 9, 1, tzinfo=UTC))
        submission.execute(rpc.submit_case, {...}, submission.entrant(unit_id="unit-1"))
        assert [event.kind.name for event in submission.emitted()] == ["CaseSubmitted"]

Services in one test reach each other: ``a.parts.calls`` calls the other harnesses of the test, and
``b.handle(a.emitted())`` hands over events.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from contracts.errors import Unavailable
from contracts.events import Event, EventType
from contracts.rpc import Method, find_method
from contracts.words import Role
from plumbing.clock import FixedClock
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller
from plumbing.identity.keys import Keyring
from plumbing.identity.sealing import Sealing
from plumbing.identity.tokens import Tokens
from plumbing.parts import Parts
from plumbing.service import Service
from plumbing.settings import Settings
from plumbing.store.executor import Executor
from plumbing.store.ids import new_id
from plumbing.store.mongo import connect
from plumbing.store.tx import checked
from tests.support.keys import key_set
from tests.support.mongod import private_mongod

START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)


class Harness(Executor):
    """An Executor with a clock to set and callers at hand."""

    clock: FixedClock

    def __init__(self, service: Service, database: Any, parts: Parts, clock: FixedClock) -> None:
        super().__init__(service, database, parts)
        self.clock = clock
        self.ensure_indexes()

    @staticmethod
    def person(role: Role, subject: str = "", **facts: Any) -> Caller:
        """Return somebody with a role; ``unit_id`` and ``expert_id`` where the role has them."""
        return Caller(subject or f"acc-{role}", frozenset({role}), **facts)

    def entrant(self, unit_id: str = "unit-1", subject: str = "") -> Caller:
        """Return a member of a unit."""
        return self.person(Role.ENTRANT, subject or f"acc-entrant-{unit_id}", unit_id=unit_id)

    def expert(self, expert_id: str = "expert-1", subject: str = "") -> Caller:
        """Return an expert."""
        return self.person(Role.EXPERT, subject or f"acc-{expert_id}", expert_id=expert_id)

    def secretariat(self, subject: str = "acc-secretariat") -> Caller:
        """Return one of the secretariat."""
        return self.person(Role.SECRETARIAT, subject)

    def operator(self, subject: str = "acc-operator") -> Caller:
        """Return an operator."""
        return self.person(Role.OPERATOR, subject)

    def auditor(self, subject: str = "acc-auditor") -> Caller:
        """Return an auditor."""
        return self.person(Role.AUDITOR, subject)

    @staticmethod
    def another_service(name: str) -> Caller:
        """Return another service."""
        return service_caller(name)

    @property
    def anonymous(self) -> Caller:
        """Return nobody."""
        return ANONYMOUS

    def event(
        self, kind: EventType, subject: str, sequence: int, data: Mapping[str, Any], *, id: str = ""
    ) -> Event:
        """Return an event as another service would tell it; ``data`` holds Python values and is checked."""
        return Event(
            id or new_id("evt"),
            kind,
            subject,
            self.clock.now(),
            sequence,
            new_id("cor"),
            "",
            checked(kind, data),
        )

    def rows(self, collection: str, query: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the documents of a collection, by id."""
        return list(self.store.collection(collection).find(query or {}, sort=[("_id", 1)]))

    def run_jobs(self) -> None:
        """Carry on every job that is due until none is."""
        while self.jobs.run_once():
            pass


@dataclass
class LocalCalls:
    """Calls between the harnesses of a test: the other service's own functions, with its own checks."""

    caller: Caller
    others: dict[str, Harness]

    def call(self, service: str, method: str, args: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Return what the other service answers; Unavailable when the test has none of that name."""
        declared: Method | None = find_method(service, method)
        if service not in self.others or declared is None:
            raise Unavailable("对方服务没有响应。", f"{service}.{method} does not answer.")
        kept = {name: value for name, value in options.items() if name in ("command_id", "correlation_id")}
        return self.others[service].call(declared, args, self.caller, **kept)


MakeHarness = Callable[..., Harness]


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The operator's URL of the session's mongod: the stack's where a test of this session wants a stack."""
    if any("stack" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield request.getfixturevalue("stack").environment()["XINLV_MONGO_URL"]
        return
    with private_mongod(tmp_path_factory.mktemp("mongod")) as url:
        yield url


@pytest.fixture(scope="session")
def mongo_client(mongo_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A connection held to what services are held to."""
    with connect(mongo_url, "tests") as client:
        yield client


class Grounds:
    """Databases of the session, emptied and used again: making indexes takes longer than most tests."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self._free: dict[tuple[Any, ...], list[str]] = {}
        self._used: list[tuple[tuple[Any, ...], str]] = []
        self._all: list[str] = []

    def take(self, service: Service) -> str:
        """Return the name of an empty database with (or without yet) the indexes of the service."""
        kind = (service.name, repr(service.indexes))
        free = self._free.setdefault(kind, [])
        name = free.pop() if free else f"test_{service.name}_{secrets.token_hex(5)}"
        self._used.append((kind, name))
        self._all.append(name)
        return name

    def give_back(self) -> None:
        """Empty what is in use."""
        quick = WriteConcern(w=1, j=False)
        for kind, name in self._used:
            database = self._client.get_database(name, write_concern=quick)
            for collection in database.list_collection_names():
                database[collection].delete_many({})
            self._free[kind].append(name)
        self._used.clear()

    def remove(self) -> None:
        """Remove them all."""
        for name in set(self._all):
            self._client.drop_database(name)


@pytest.fixture(scope="session")
def grounds(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[Grounds]:
    """The session's databases for harnesses."""
    made = Grounds(mongo_client)
    yield made
    made.remove()


@contextmanager
def harnesses(client: MongoClient[dict[str, Any]], grounds: Grounds) -> Iterator[MakeHarness]:
    """Yield what makes harnesses that reach each other; their databases are emptied at the end."""
    clock = FixedClock(START)
    made: dict[str, Harness] = {}
    private, keyring = key_set()

    def make(service: Service, **given: Any) -> Harness:
        parts = Parts(
            settings=given.get("settings")
            or Settings(
                profile="local", service=service.name, signing_key=private[service.name], keyring=keyring,
                bootstrap_secret="open sesame", site_url="http://localhost:8000",
            ),
            clock=given.get("clock", clock),
            tokens=Tokens(service.name, Keyring(keyring), private[service.name]),
            sealing=Sealing(private[service.name]),
            calls=given.get("calls") or LocalCalls(service_caller(service.name), made),
            materials=given.get("materials"),
        )  # fmt: skip
        name = grounds.take(service)
        made[service.name] = Harness(service, client[name], parts, clock)
        return made[service.name]

    try:
        yield make
    finally:
        grounds.give_back()


@pytest.fixture
def harness(mongo_client: MongoClient[dict[str, Any]], grounds: Grounds) -> Iterator[MakeHarness]:
    """Make a Harness of a service: harness(SERVICE), harness(SERVICE, materials=…, settings=…)."""
    with harnesses(mongo_client, grounds) as make:
        yield make


def names(events: Sequence[Event]) -> list[str]:
    """Return the short names of events."""
    return [event.kind.name for event in events]
