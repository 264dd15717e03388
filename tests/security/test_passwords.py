"""Passwords and links: how they are kept, how guessing is slowed down, and that answers tell nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from contracts.errors import InvalidInput, NotFound, NotSignedIn, Refusal, TooManyRequests
from contracts.rpc import awards as awards_rpc
from contracts.rpc import registration as rpc
from plumbing.identity import passwords
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller
from plumbing.store.throttling import throttle_id
from services.awards.commands import objections
from services.awards.service import SERVICE as AWARDS
from services.registration.domain import limits
from services.registration.service import SERVICE
from tests.security.worlds import person
from tests.support.harness import Harness, MakeHarness

PASSWORD = "correct horse 电池"
EMAIL = person("one")["email"]


@pytest.fixture
def registration(harness: MakeHarness) -> Harness:
    """A service that knows one active account."""
    service = harness(SERVICE)
    args = {"role": "auditor", "person": person("one")}
    account = service.execute(rpc.invite_account, args, service.operator())["account_id"]
    asked = {"account_id": account, "purpose": "invitation"}
    link = service.execute(rpc.letter_link, asked, service_caller("notify"))
    args = {"secret": link["url"].rpartition("/")[2], "password": PASSWORD}
    service.execute(rpc.accept_invitation, args, ANONYMOUS)
    return service


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note every verification that is really made, and whether the hash was a true account's."""
    seen: list[bool] = []
    real: Callable[[str, str], bool] = passwords._verify

    def verify(hashed: str, password: str) -> bool:
        seen.append(hashed != passwords._NOBODY)
        return real(hashed, password)

    monkeypatch.setattr(passwords, "_verify", verify)
    return seen


def refusal_of(
    service: Harness, method: Any, args: dict[str, Any], caller: Caller = ANONYMOUS
) -> Refusal | None:
    try:
        service.execute(method, args, caller)
    except Refusal as refusal:
        return refusal
    return None


def test_hashes_are_argon2id_with_owasps_cost(registration: Harness) -> None:
    [row] = registration.rows("accounts", {"password": {"$ne": None}})
    found = extract_parameters(row["password"])
    assert found.type is Type.ID and found.version == 19
    assert (
        found.memory_cost >= 19_456 and found.time_cost >= 2 and found.hash_len >= 32 and found.salt_len >= 16
    )
    assert passwords._hasher.hash(PASSWORD) != passwords._hasher.hash(PASSWORD)


def test_an_unknown_address_costs_the_same_work_and_gets_the_same_answer(
    registration: Harness, verified: list[bool]
) -> None:
    wrong = refusal_of(registration, rpc.sign_in, {"email": EMAIL, "password": "wrong password"})
    unknown = refusal_of(registration, rpc.sign_in, {"email": "nobody@mail.example.cn", "password": PASSWORD})
    assert type(wrong) is type(unknown) is NotSignedIn
    assert wrong is not None and unknown is not None and wrong.to_problem() == unknown.to_problem()
    assert verified == [True, False], "each was really checked, the second against a hash of nobody's"
    args = {"account_id": registration.rows("accounts")[0]["_id"], "reason": "x"}
    registration.execute(rpc.suspend_account, args, registration.operator())
    closed = refusal_of(registration, rpc.sign_in, {"email": EMAIL, "password": PASSWORD})
    assert closed is not None and closed.to_problem() == wrong.to_problem() and verified[-1] is False


def test_asking_for_a_reset_tells_nothing(registration: Harness) -> None:
    known = registration.execute(rpc.request_password_reset, {"email": EMAIL}, ANONYMOUS)
    unknown = registration.execute(rpc.request_password_reset, {"email": "nobody@mail.example.cn"}, ANONYMOUS)
    assert known == unknown == {}
    assert len(registration.emitted("PasswordResetRequested")) == 1


@pytest.mark.parametrize("email", [EMAIL, "nobody@mail.example.cn"])
def test_guessing_is_slowed_down_per_account_and_address_alike(registration: Harness, email: str) -> None:
    def guess(address: str) -> Refusal | None:
        caller = Caller("anonymous", address=address)
        return refusal_of(registration, rpc.sign_in, {"email": email, "password": "wrong password"}, caller)

    one = [guess("192.0.2.1") for _ in range(limits.ACCOUNT_FROM_ADDRESS.most + 1)]
    assert [type(refusal) for refusal in one] == [NotSignedIn] * (len(one) - 1) + [TooManyRequests]
    assert one[-1] is not None and one[-1].facts["wait_seconds"] > 0
    many = [guess(f"192.0.2.{place}") for place in range(2, limits.ACCOUNT.most + 2)]
    assert TooManyRequests in {type(refusal) for refusal in many}


def test_one_address_cannot_try_many_accounts(registration: Harness) -> None:
    caller = Caller("anonymous", address="198.51.100.7")
    row = {"count": limits.ADDRESS.most, "until": registration.clock.now().replace(year=2100), "wait": 1}
    identifier = throttle_id(limits.ADDRESS, caller.address)
    registration.store.collection("throttles").insert_one({"_id": identifier, **row})
    refusal = refusal_of(registration, rpc.sign_in, {"email": "new@mail.example.cn", "password": "x"}, caller)
    assert type(refusal) is TooManyRequests


def test_a_wrong_link_is_answered_alike_whatever_is_wrong(registration: Harness) -> None:
    [account] = registration.rows("accounts")
    asked = {"account_id": account["_id"], "purpose": "reset"}
    link = registration.execute(rpc.letter_link, asked, service_caller("notify"))["url"].rpartition("/")[2]
    args = {"password": PASSWORD + "!"}
    for_another_purpose = refusal_of(registration, rpc.accept_invitation, {**args, "secret": link})
    unknown = refusal_of(registration, rpc.reset_password, {**args, "secret": "x" * 43})
    registration.execute(rpc.reset_password, {**args, "secret": link}, ANONYMOUS)
    used = refusal_of(registration, rpc.reset_password, {**args, "secret": link})
    told = [refusal.to_problem() for refusal in (for_another_purpose, unknown, used) if refusal]
    assert len(told) == 3 and told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    "password",
    ["password123", "Passw0rd!!1", "P@ssw0rd2024", "1234567890", "0987654321", "qwertyuiop", "1qaz2wsx3edc",
     "ab12ab12ab12", "admin@2025!", "iloveyou1234", "woaini1314520", "xinlv2025!!", "qwerty123456",
     "0192837465", "a1b2c3d4e5f6", "manchester1", "zhongguo123", "13812345678", "x1y2" * 32],
)  # fmt: skip
def test_what_everybody_tries_first_is_no_password(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        passwords.check_policy(password)
    assert refused.value.fields[0].rule == "too_common"


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "绿色案例评审2025", "一二三四五六七八九十", "passionfruit tea", "testament-of-youth",
     "kXv93-lmQ2-ppz",
     "correct horse battery staple", "test 测试电池密码本", "2718281828459"],
)  # fmt: skip
def test_what_somebody_made_up_is_one(password: str) -> None:
    passwords.check_policy(password)


def test_what_others_know_of_him_is_not_his_password() -> None:
    passwords.check_policy("fengyimei1985")
    about = ["Feng Yimei", "fengyimei@mail.example.cn"]
    for password in ("fengyimei1985", "FengYimei!!", "fengyimei2025", "Fengyimei@1"):
        with pytest.raises(InvalidInput) as refused:
            passwords.check_policy(password, about=about)
        assert refused.value.fields[0].rule == "too_common"


def test_objections_are_counted_like_tries(harness: MakeHarness) -> None:
    awards = harness(AWARDS)
    caller = Caller("anonymous", address="192.0.2.9")
    args = {"award_id": "award-1", "objector": {"kind": "person", "name": "李明"}, "grounds": "数据不实"}
    answers = {
        type(refusal_of(awards, awards_rpc.file_objection, args, caller))
        for _ in range(objections.FROM_ADDRESS.most + 1)
    }
    assert answers == {NotFound, TooManyRequests}
    elsewhere = Caller("anonymous", address="192.0.2.10")
    assert type(refusal_of(awards, awards_rpc.file_objection, args, elsewhere)) is NotFound
