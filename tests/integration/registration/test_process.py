"""Registration from outside: a real process on the real broker, tokens checked as any caller's."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from stdnum.cn.uscc import calc_check_digit

from contracts.errors import InvalidInput, NotAllowed, NotSignedIn
from plumbing.bus.client import Client

pytestmark = pytest.mark.stack

EDITION = Path(__file__).parents[3] / "editions" / "xinlv-3.yaml"
PASSWORD = "a long enough 密码"
USCC = "91110000500000001" + calc_check_digit("91110000500000001")


@pytest.fixture
def emptied(mongo: Any) -> Iterator[Any]:
    mongo.drop_database("xinlv_registration")
    yield mongo["xinlv_registration"]
    mongo.drop_database("xinlv_registration")


def open_edition() -> dict[str, Any]:
    edition: dict[str, Any] = copy.deepcopy(yaml.safe_load(EDITION.read_text(encoding="utf-8")))
    for window in edition["windows"]:
        window |= {"opens_at": "2000-01-01T00:00:00+08:00", "closes_at": "2999-01-01T00:00:00+08:00"}
    return edition


def someone(email: str) -> dict[str, str]:
    return {"name": "李雷", "email": email, "phone": "13800138000"}


def test_from_the_first_operator_to_a_unit(
    emptied: Any, service_processes: Callable[..., Any], stack: Any
) -> None:
    service_processes("registration")
    secret = stack.environment("registration")["XINLV_BOOTSTRAP_SECRET"]
    with Client(stack.environment()["XINLV_AMQP_URL"], timeout=15) as client:

        def do(method: str, token: str | None = None, command_id: str | None = None, **args: Any) -> Any:
            return client.call("registration", method, args, token, command_id)

        with pytest.raises(NotAllowed):
            do("bootstrap_operator", secret="guess", person=someone("op@example.cn"), password=PASSWORD)
        do("bootstrap_operator", secret=secret, person=someone("op@example.cn"), password=PASSWORD)
        with pytest.raises(NotSignedIn):
            do("sign_in", email="op@example.cn", password="wrong password")
        tokens = do("sign_in", email="op@example.cn", password=PASSWORD)
        assert do("who_am_i", tokens["access_token"])["roles"] == ["operator"]
        with pytest.raises(NotSignedIn):
            do("who_am_i", tokens["access_token"][:-4] + "AAAA")
        with pytest.raises(NotAllowed):
            do("letter_recipient", tokens["access_token"], account_id=tokens["account_id"])

        renewed = do("refresh_session", None, "renew-1", refresh_token=tokens["refresh_token"])
        again = do("refresh_session", None, "renew-1", refresh_token=tokens["refresh_token"])
        assert again == renewed

        assert do("publish_edition", renewed["access_token"], edition=open_edition())["changed"]
        with pytest.raises(InvalidInput):
            do("publish_edition", renewed["access_token"], edition={"id": "x"})
        unit = {
            "edition_id": "xinlv-3", "name": "绿源科技", "uscc": USCC, "kind": "school", "province": "11",
            "contact": someone("unit@example.cn"),
        }  # fmt: skip
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: do("register_unit", None, "sign-up-1", **unit), range(20)))
        assert all(answer == answers[0] for answer in answers)
        assert emptied.units.count_documents({}) == 1
        assert emptied.accounts.count_documents({"roles": "entrant"}) == 1

        before = do("business_time")["now"]
        assert do("advance_clock", renewed["access_token"], seconds=1)["now"] > before
