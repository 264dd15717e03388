"""A registration service with the default edition published and its sign-up open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from stdnum.cn.uscc import calc_check_digit

from contracts.rpc import registration as rpc
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller
from services.registration.service import SERVICE

EDITION = Path(__file__).parents[3] / "editions" / "xinlv-3.yaml"
IN_SIGNUP = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse 电池"
NOTIFY = service_caller("notify")
_numbers = count(1)
Accept = Callable[[str], Caller]


def edition_data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(EDITION.read_text(encoding="utf-8"))
    return data


def new_uscc() -> str:
    body = f"911100001{next(_numbers):08d}"
    return body + calc_check_digit(body)


def person(name: str = "李雷", **changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {"name": name, "email": f"p{number}@example.cn", "phone": f"138{number:08d}", **changes}


def unit_args(**changes: Any) -> dict[str, Any]:
    return {
        "edition_id": "xinlv-3", "name": "绿源科技有限公司", "uscc": new_uscc(),
        "kind": "enterprise", "province": "11", "group_unit": None, "recommender": "北京市通信管理局",
        "contact": person(), **changes,
    }  # fmt: skip


def expert_args(**changes: Any) -> dict[str, Any]:
    return {
        "person": person("韩梅梅"), "employer": "绿色研究院", "province": "31",
        "tracks": ["industry", "city"], "capacity": 30,
        "past_employers": [{"name": "旧单位", "until_year": 2023}], **changes,
    }  # fmt: skip


@pytest.fixture
def registration(harness: Callable[..., Any]) -> Any:
    service = harness(SERVICE)
    service.clock.set(IN_SIGNUP)
    service.execute(rpc.publish_edition, {"edition": edition_data()}, service.secretariat())
    return service


@pytest.fixture
def invited_secret(registration: Any) -> Callable[[str], str]:
    """Return the secret of an account's letter, as notify would ask for it."""

    def ask(account_id: str, purpose: str = "invitation") -> str:
        link = registration.execute(
            rpc.letter_link, {"account_id": account_id, "purpose": purpose}, NOTIFY
        )
        return str(link["url"].rpartition("/")[2])

    return ask


@pytest.fixture
def accept(registration: Any, invited_secret: Callable[[str], str]) -> Callable[[str], Caller]:
    """Accept an account's invitation and return its owner as a caller, as his token would tell."""

    def do(account_id: str) -> Caller:
        args = {"secret": invited_secret(account_id), "password": PASSWORD}
        registration.execute(rpc.accept_invitation, args, ANONYMOUS)
        [row] = registration.rows("accounts", {"_id": account_id})
        tokens = sign_in(registration, row["email"])
        caller = registration.parts.tokens.verify(tokens["access_token"])
        return replace(caller, address="")

    return do


def sign_in(service: Any, email: str, password: str = PASSWORD, **options: Any) -> dict[str, Any]:
    caller = options.pop("caller", ANONYMOUS)
    answer: dict[str, Any] = service.execute(
        rpc.sign_in, {"email": email, "password": password}, caller, **options
    )
    return answer
