"""Parts whose address is given are used as they are, by every service with the one user that was given."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from plumbing.settings import SERVICES
from runner import provision
from runner.stack import Stack, environment
from runner.stack.secrets import load_or_make
from runner.stack.state import State

BROKER, MONGO = "amqp://shared:b1@mq.example.org/xinlv", "mongodb://shared:m1@db.example.org/?replicaSet=rs"
GIVEN = {
    "XINLV_AMQP_URL": BROKER,
    "XINLV_MONGO_URL": MONGO,
    "XINLV_S3_URL": "https://s3.example.org",
    "XINLV_S3_ACCESS_KEY": "shared",
    "XINLV_S3_SECRET_KEY": "s1",
    "XINLV_SMTP_URL": "smtp://mail.example.org",
}
MANAGEMENT = "https://mq.example.org:15671"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """Describe a stack to which everything is given: told("review")."""
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    for name in ("XINLV_BROKER_MANAGEMENT_URL", "XINLV_PARTNERS_AMQP_URL", "XINLV_S3_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    state = State(tmp_path)
    state.document["given"] = environment.given_parts()
    secrets = load_or_make(tmp_path)
    return lambda service: environment.describe(state, secrets, service)


def test_no_part_that_is_given_is_provided(told: Any) -> None:
    given = environment.given_parts()
    assert given.keys() == {"broker", "mongo", "s3", "mail"}
    assert Stack._wanted(given) == []
    assert Stack._wanted({"s3": given["s3"], "mail": given["mail"]}) == ["epmd", "rabbitmq", "mongod"]


def test_every_service_uses_the_one_user_that_is_given(told: Any) -> None:
    for service in (*SERVICES, None):
        found = told(service)
        assert {name: found[name] for name in GIVEN} == GIVEN
        assert found.get("XINLV_MONGO_DATABASE") == (f"xinlv_{service}" if service else None)
        assert not {"XINLV_BROKER_MANAGEMENT_URL", "XINLV_PARTNERS_AMQP_URL"} & found.keys()


def test_only_the_operator_hears_of_the_management(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINLV_BROKER_MANAGEMENT_URL", MANAGEMENT)
    assert told(None)["XINLV_BROKER_MANAGEMENT_URL"] == MANAGEMENT
    assert "XINLV_BROKER_MANAGEMENT_URL" not in told("review")


def test_addresses_are_shown_without_passwords(told: Any, tmp_path: Any) -> None:
    state = State(tmp_path)
    state.document["given"] = environment.given_parts()
    shown = environment.endpoints(state)
    assert shown["broker"] == "amqp://mq.example.org/xinlv"
    assert shown["mongo"] == "mongodb://db.example.org/?replicaSet=rs"
    assert not {"partners", "broker_management"} & shown.keys()


@pytest.mark.parametrize(
    ("given", "management", "declared"),
    [
        ({}, "http://127.0.0.1:1", ["mongo", "storage", "broker"]),
        ({"mongo": MONGO, "s3": "https://s3"}, "http://127.0.0.1:1", ["broker"]),
        ({"broker": BROKER}, "", ["mongo", "storage"]),
        ({"broker": BROKER}, MANAGEMENT, ["mongo", "storage", "broker"]),
    ],
    ids=str,
)
def test_what_is_given_is_not_provisioned_but_a_broker_that_may_be_managed(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], management: str, declared: list[str]
) -> None:
    for part in ("mongo", "storage", "broker"):
        monkeypatch.setattr(provision, f"provision_{part}", lambda *_, part=part, **__: [part])
    stack: Any = SimpleNamespace(
        state=SimpleNamespace(document={"given": given}),
        secrets={"services": {name: {"password": "x"} for name in SERVICES}},
        environment=lambda: {"XINLV_MONGO_URL": MONGO, "XINLV_BROKER_MANAGEMENT_URL": management},
    )
    assert provision.provision(stack) == declared
