"""Signing in, renewing, signing out, forgotten passwords, throttles."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import Conflict, NotAllowed, NotFound, NotSignedIn, TooManyRequests
from contracts.rpc import registration as rpc
from contracts.words import Role
from plumbing.identity.caller import ANONYMOUS, Caller
from plumbing.operations import records
from services.registration.commands import sessions

from .conftest import PASSWORD, Accept, person, sign_in

EMAIL = "who@example.cn"


@pytest.fixture
def account_id(registration: Any, accept: Accept) -> str:
    made = registration.execute(
        rpc.invite_account, {"role": "auditor", "person": person(email=EMAIL)}, registration.operator()
    )
    accept(made["account_id"])
    return str(made["account_id"])


def refresh(service: Any, token: str, **options: Any) -> dict[str, Any]:
    args = {"refresh_token": token}
    answer: dict[str, Any] = service.execute(rpc.refresh_session, args, ANONYMOUS, **options)
    return answer


def let_time_pass(service: Any, **by: float) -> None:
    """Real time cannot be set, so what it is compared with is set back."""
    step = timedelta(**by)
    for row in service.rows("sessions"):
        service.store.collection("sessions").update_one(
            {"_id": row["_id"]},
            {"$set": {"started_at": row["started_at"] - step, "renewed_at": row["renewed_at"] - step}},
        )


def test_a_token_says_who_signs_in(registration: Any, account_id: str) -> None:
    tokens = sign_in(registration, "WHO@example.cn")
    caller = registration.parts.tokens.verify(tokens["access_token"])
    assert (caller.subject, caller.roles) == (account_id, {Role.AUDITOR})
    assert registration.ask(rpc.who_am_i, {}, caller)["email"] == EMAIL


def test_wrong_unknown_and_not_yet_accepted_are_answered_alike(registration: Any, account_id: str) -> None:
    registration.execute(
        rpc.invite_account, {"role": "auditor", "person": person(email="new@example.cn")},
        registration.operator(),
    )  # fmt: skip
    said = set()
    tries = ((EMAIL, "wrong password"), ("nobody@example.cn", PASSWORD), ("new@example.cn", "x"))
    for email, password in tries:
        with pytest.raises(NotSignedIn) as refused:
            sign_in(registration, email, password)
        said.add((refused.value.zh, refused.value.en, str(refused.value.facts)))
    assert len(said) == 1


def test_guessing_is_slowed_down_and_success_forgets(registration: Any, account_id: str) -> None:
    here, there = Caller("anonymous", address="10.0.0.1"), Caller("anonymous", address="10.0.0.2")
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            sign_in(registration, EMAIL, "wrong", caller=here)
    with pytest.raises(TooManyRequests) as refused:
        sign_in(registration, EMAIL, caller=here)
    assert refused.value.facts["wait_seconds"] > 0
    assert sign_in(registration, EMAIL, caller=there)
    with pytest.raises(TooManyRequests):
        sign_in(registration, EMAIL, caller=here)
    registration.store.collection("throttles").update_many({}, {"$set": {"until": registration.clock.now()}})
    assert sign_in(registration, EMAIL, caller=here)


def test_one_account_is_slowed_down_from_everywhere(registration: Any, account_id: str) -> None:
    for number in range(30):
        with pytest.raises(NotSignedIn):
            sign_in(registration, EMAIL, "wrong", caller=Caller("anonymous", address=f"10.0.1.{number}"))
    with pytest.raises(TooManyRequests):
        sign_in(registration, EMAIL, caller=Caller("anonymous", address="10.0.2.1"))


def test_tokens_rotate(registration: Any, account_id: str) -> None:
    first = sign_in(registration, EMAIL)
    second = refresh(registration, first["refresh_token"])
    third = refresh(registration, second["refresh_token"])
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert registration.parts.tokens.verify(third["access_token"]).subject == account_id


def test_renewing_twice_with_one_command_id_gives_the_same_pair(registration: Any, account_id: str) -> None:
    first = sign_in(registration, EMAIL)
    with ThreadPoolExecutor(4) as pool:
        pairs = list(
            pool.map(lambda _: refresh(registration, first["refresh_token"], command_id="again"), range(8))
        )
    assert all(pair == pairs[0] for pair in pairs)
    assert registration.emitted("SessionsRevoked") == []


def test_a_token_used_again_at_once_is_only_refused(registration: Any, account_id: str) -> None:
    first = sign_in(registration, EMAIL)
    second = refresh(registration, first["refresh_token"])
    with pytest.raises(Conflict):
        refresh(registration, first["refresh_token"])
    assert refresh(registration, second["refresh_token"])


def test_a_stolen_token_ends_every_session(registration: Any, account_id: str) -> None:
    first, other = sign_in(registration, EMAIL), sign_in(registration, EMAIL)
    second = refresh(registration, first["refresh_token"])
    let_time_pass(registration, minutes=1)
    with pytest.raises(NotSignedIn):
        refresh(registration, first["refresh_token"])
    [event] = registration.emitted("SessionsRevoked")
    assert event.data["account_id"] == account_id
    for token in (second["refresh_token"], other["refresh_token"], first["refresh_token"]):
        with pytest.raises(NotSignedIn):
            refresh(registration, token)
    assert len(registration.emitted("SessionsRevoked")) == 1


def test_sessions_end_by_themselves(registration: Any, account_id: str) -> None:
    tokens = sign_in(registration, EMAIL)
    let_time_pass(registration, days=8)
    with pytest.raises(NotSignedIn):
        refresh(registration, tokens["refresh_token"])
    let_time_pass(registration, days=30)
    assert registration.run_loop("sweep_expired") >= 1
    assert registration.rows("sessions") == []


def test_forged_refresh_tokens_say_nothing(registration: Any, account_id: str) -> None:
    for token in ("x", ".", "ses-1.x", "秘密"):
        with pytest.raises(NotSignedIn):
            refresh(registration, token)
        assert registration.execute(rpc.sign_out, {"refresh_token": token}, ANONYMOUS) == {}


def test_signing_out_ends_one_session(registration: Any, account_id: str) -> None:
    tokens, other = sign_in(registration, EMAIL), sign_in(registration, EMAIL)
    registration.execute(rpc.sign_out, {"refresh_token": tokens["refresh_token"]}, ANONYMOUS)
    with pytest.raises(NotSignedIn):
        refresh(registration, tokens["refresh_token"])
    assert refresh(registration, other["refresh_token"])


def test_revoking_sessions(registration: Any, account_id: str) -> None:
    tokens = sign_in(registration, EMAIL)
    caller = registration.parts.tokens.verify(tokens["access_token"])
    with pytest.raises(NotAllowed):
        registration.execute(rpc.revoke_sessions, {"account_id": "acc-other"}, caller)
    with pytest.raises(NotFound):
        registration.execute(rpc.revoke_sessions, {"account_id": "acc-other"}, registration.operator())
    registration.execute(rpc.revoke_sessions, {}, caller)
    with pytest.raises(NotSignedIn):
        refresh(registration, tokens["refresh_token"])
    assert registration.emitted("SessionsRevoked")[0].data["account_id"] == account_id


def test_no_token_lies_in_the_database(registration: Any, account_id: str) -> None:
    tokens = sign_in(registration, EMAIL)
    secret = tokens["refresh_token"].partition(".")[2]
    for name in registration.store.database.list_collection_names():
        text = str(registration.rows(name))
        assert secret not in text, name
        assert tokens["access_token"] not in text, name
        assert PASSWORD not in text, name


def test_a_forgotten_password(
    registration: Any, account_id: str, invited_secret: Callable[[str, str], str]
) -> None:
    tokens = sign_in(registration, EMAIL)
    assert registration.execute(rpc.request_password_reset, {"email": EMAIL}, ANONYMOUS) == {}
    assert registration.execute(rpc.request_password_reset, {"email": "no@example.cn"}, ANONYMOUS) == {}
    [event] = registration.emitted("PasswordResetRequested")
    assert event.data == {"account_id": account_id}
    args = {"secret": invited_secret(account_id, "reset"), "password": "brand new 密码"}
    registration.execute(rpc.reset_password, args, ANONYMOUS)
    with pytest.raises(NotFound):
        registration.execute(rpc.reset_password, args, ANONYMOUS)
    with pytest.raises(NotSignedIn):
        refresh(registration, tokens["refresh_token"])
    with pytest.raises(NotSignedIn):
        sign_in(registration, EMAIL)
    assert sign_in(registration, EMAIL, "brand new 密码")


def test_a_mailbox_is_not_filled(registration: Any, account_id: str) -> None:
    for _ in range(5):
        registration.execute(rpc.request_password_reset, {"email": EMAIL}, ANONYMOUS)
    with pytest.raises(TooManyRequests):
        registration.execute(rpc.request_password_reset, {"email": EMAIL}, ANONYMOUS)


def test_guesses_under_a_known_command_id_are_counted(registration: Any, account_id: str) -> None:
    here, known = Caller("anonymous", address="10.0.0.1"), {"command_id": "cmd-known"}
    sign_in(registration, EMAIL, caller=here, **known)
    for _ in range(9):
        with pytest.raises(Conflict):
            sign_in(registration, EMAIL, "a guess", caller=here, **known)
    for guess in (PASSWORD, "a guess"):
        with pytest.raises(TooManyRequests):
            sign_in(registration, EMAIL, guess, caller=here, **known)


def test_tokens_are_given_again_for_a_minute_only(registration: Any, account_id: str) -> None:
    known = {"command_id": "cmd-known"}
    first = sign_in(registration, EMAIL, **known)
    renewed = refresh(registration, first["refresh_token"], command_id="cmd-renewed")
    assert sign_in(registration, EMAIL, **known) == first
    past = {"until": registration.clock.now()}
    registration.store.collection("commands").update_many({"until": {"$exists": True}}, {"$set": past})
    let_time_pass(registration, minutes=2)
    for forgotten in (False, True):
        said = set()
        for password in (PASSWORD, "a guess"):
            with pytest.raises(Conflict) as refused:
                sign_in(registration, EMAIL, password, **known)
            said.add(str(refused.value))
        assert len(said) == 1, "the answer tells whether the guess was right"
        # a repeat that comes late is no thief either
        with pytest.raises(Conflict):
            refresh(registration, first["refresh_token"], command_id="cmd-renewed")
        if not forgotten:
            assert registration.run_loop("forget_secrets") >= 3
    rows = registration.rows("commands", {"_id": {"$regex": "cmd-known|cmd-renewed"}})
    assert [(row["args"], row["result"]) for row in rows] == [(b"", b"")] * 2
    assert registration.emitted("SessionsRevoked") == [] and refresh(registration, renewed["refresh_token"])


def test_nobody_is_shown_the_command_ids_of_strangers(registration: Any, account_id: str) -> None:
    sign_in(registration, EMAIL, command_id="cmd-known")
    args = dict.fromkeys(("actor", "subject", "action", "since", "until", "after"))
    shown = records.list_audit(registration.reading(registration.operator()), {**args, "limit": 200})
    assert any(row["action"] == "sign_in" for row in shown["items"])
    assert "cmd-known" not in str(shown)


def reset(registration: Any, invited_secret: Callable[[str, str], str], account_id: str) -> None:
    args = {"secret": invited_secret(account_id, "reset"), "password": "brand new 密码"}
    registration.execute(rpc.reset_password, args, ANONYMOUS)


@pytest.mark.parametrize("rehashed", [False, True])
@pytest.mark.parametrize("between", ["verify_password", "_require_in_good_standing"])
def test_a_password_that_is_reset_meanwhile_opens_nothing(
    registration: Any, account_id: str, invited_secret: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch, between: str, rehashed: bool,
) -> None:  # fmt: skip
    known, verify = getattr(sessions, between), sessions.verify_password

    def look_again(*args: Any) -> tuple[bool, bool]:
        return verify(*args)[0], rehashed

    def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(sessions, between, known)
        found = known(*args)
        reset(registration, invited_secret, account_id)
        return (found[0], rehashed) if between == "verify_password" else found

    monkeypatch.setattr(sessions, "verify_password", look_again)
    monkeypatch.setattr(sessions, between, meanwhile)
    with pytest.raises(NotSignedIn):
        sign_in(registration, EMAIL)
    monkeypatch.undo()
    assert registration.rows("sessions", {"ended": None}) == []
    with pytest.raises(NotSignedIn):
        sign_in(registration, EMAIL)
    assert sign_in(registration, EMAIL, "brand new 密码")


def test_an_account_suspended_meanwhile_opens_nothing(
    registration: Any, account_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = sessions._require_in_good_standing

    def meanwhile(*args: Any) -> None:
        monkeypatch.undo()
        known(*args)
        suspension = {"account_id": account_id, "reason": "credit"}
        registration.execute(rpc.suspend_account, suspension, registration.operator())

    monkeypatch.setattr(sessions, "_require_in_good_standing", meanwhile)
    with pytest.raises(NotSignedIn):
        sign_in(registration, EMAIL)
    assert registration.rows("sessions", {"ended": None}) == []


def test_who_lost_his_invitation_gets_it_again(
    registration: Any, invited_secret: Callable[[str], str]
) -> None:
    guest = {"role": "auditor", "person": person(email="new@example.cn")}
    account_id = registration.execute(rpc.invite_account, guest, registration.operator())["account_id"]
    invited_secret(account_id)
    assert registration.execute(rpc.request_password_reset, {"email": "new@example.cn"}, ANONYMOUS) == {}
    first, again = registration.emitted("AccountInvited")
    assert first.data == again.data and first.id != again.id
    assert registration.emitted("PasswordResetRequested") == []
    args = {"secret": invited_secret(account_id), "password": PASSWORD}
    assert registration.execute(rpc.accept_invitation, args, ANONYMOUS)["status"] == "active"
