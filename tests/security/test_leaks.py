"""After a contest has begun on a real platform: nothing personal in events, logs, queues, audit rows."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import Refusal
from demo.cast import Person
from demo.phases.opening import as_person
from plumbing.bus.management import Management
from tests.integration.rpc.conftest import Platform, mongo, platform
from tests.security.scan import events, leaks, logs, messages, plain_rows, scan
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long]
__all__ = ["mongo", "platform"]  # a fixture, found by its name


@pytest.fixture(scope="module")
def known(platform: Platform) -> list[str]:
    """Every password, phone number and address of the played contest, and its infrastructure's secrets."""
    cast = platform.stage.cast
    people = [cast.operator, *cast.secretariat, *(unit.contact for unit in cast.units)]
    people += [expert.person for expert in cast.experts]
    found = [word for one in people for word in (one.password, one.phone, one.email)]
    secrets = platform.stack.secrets
    found += [own["password"] for own in (*secrets["services"].values(), *secrets["clients"].values())]
    return [*found, secrets["bootstrap"], secrets["operator"]["broker_password"]]


@pytest.fixture(scope="module")
def mishaps(platform: Platform, mongo: Any) -> None:
    """What goes wrong on an ordinary day, and tempts a program to log too much."""
    stage = platform.stage
    operator: Person = stage.cast.operator
    tries: list[tuple[Any, str, dict[str, Any]]] = [
        (None, "registration.sign_in", {"email": operator.email, "password": "wrong password"}),
        (None, "registration.sign_in", {"email": "nobody@mail.example.cn", "password": operator.password}),
        (None, "registration.sign_in", {"email": "no address", "password": operator.password}),
        (None, "registration.request_password_reset", {"email": operator.email}),
        (None, "registration.reset_password", {"secret": "x" * 43, "password": operator.password}),
        (None, "registration.refresh_session", {"refresh_token": f"ses-{'0' * 32}.{'x' * 43}"}),
        (operator, "registration.invite_account", {"role": "auditor", "person": as_person(operator)}),
        (
            operator,
            "registration.invite_account",
            {"role": operator.email, "person": {"phone": operator.phone}},
        ),
        (operator, "registration.revoke_sessions", {"account_id": operator.email}),
    ]
    for who, method, args in tries:
        try:
            stage.call(who, method, **args)
        except Refusal:
            continue

    letters = mongo["xinlv_notify"].letters
    until(lambda: letters.find_one({"template": "password_reset", "status": "sent"}))


def test_events_hold_nothing_personal(
    platform: Platform, mishaps: None, known: list[str], mongo: Any
) -> None:
    told = list(events(mongo))
    assert len(told) > 20
    assert leaks(told, known) == []


def test_audit_rows_hold_nothing_personal(
    platform: Platform, mishaps: None, known: list[str], mongo: Any
) -> None:
    rows = list(plain_rows(mongo))
    assert len(rows) > 40
    assert leaks(rows, known) == []


def test_logs_hold_nothing_personal(platform: Platform, mishaps: None, known: list[str]) -> None:
    lines = list(logs(platform.stack.home))
    assert sum("sign_in" in line for _, line in lines) >= 3, "the refused sign-ins"
    assert leaks(lines, known) == []


def test_waiting_messages_hold_nothing_personal(platform: Platform, mishaps: None, known: list[str]) -> None:
    told = platform.stack.environment()
    broker = Management(
        told["XINLV_BROKER_MANAGEMENT_URL"],
        told["XINLV_BROKER_MANAGEMENT_USER"],
        told["XINLV_BROKER_MANAGEMENT_PASSWORD"],
    )
    assert leaks(messages(broker), known) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("call 13800138000 now", "mobile number"),
        ("+86 138-0013-8000", "mobile number"),
        ("010-62345678", "landline number"),
        ("11010519491231002X", "identity number"),
        ("to li.ming@mail.example.cn", "mail address"),
        (f"eyJ{'a' * 20}.eyJ{'b' * 20}.{'c' * 30}", "access token"),
        (f"ses-{'0' * 32}.{'x' * 43}", "refresh token"),
        (f"https://x/reset/{'x' * 43}", "one-time link"),
        ("$argon2id$v=19$m=1", "password hash"),
        ("amqp://desk:geheim@127.0.0.1/xinlv", "address with a password"),
    ],
)
def test_the_scanner_bites(text: str, kind: str) -> None:
    assert kind in {leak.kind for leak in scan("here", text)}


@pytest.mark.parametrize(
    "text",
    ["l***@mail.example.cn", "+86*******8000", "evt-0195a3c000087a10b2c3d4e5f6071829", "1764000000.123"],
)
def test_the_scanner_lets_pass_what_is_masked(text: str) -> None:
    assert list(scan("here", text)) == []
