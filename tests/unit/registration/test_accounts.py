"""Invitations, staff, the first operator, letters' links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from contracts.rpc import registration as rpc
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller

from .conftest import NOTIFY, PASSWORD, Accept, person, sign_in


def invite(
    service: Any, role: str = "secretariat", caller: Caller | None = None, **who: Any
) -> dict[str, Any]:
    answer: dict[str, Any] = service.execute(
        rpc.invite_account, {"role": role, "person": person(**who)}, caller or service.operator()
    )
    return answer


def bootstrap_args(**changes: Any) -> dict[str, Any]:
    who = person(email="first@example.cn")
    return {"secret": "open sesame", "person": who, "password": PASSWORD, **changes}


def test_the_first_operator_is_made_once(registration: Any) -> None:
    with pytest.raises(NotAllowed):
        registration.execute(rpc.bootstrap_operator, bootstrap_args(secret="guess"), ANONYMOUS)
    with pytest.raises(InvalidInput):
        registration.execute(rpc.bootstrap_operator, bootstrap_args(password="aaaaaaaaaaaa"), ANONYMOUS)
    made = registration.execute(rpc.bootstrap_operator, bootstrap_args(), ANONYMOUS)
    assert made["status"] == "active"
    with pytest.raises(NotAllowed):
        registration.execute(rpc.bootstrap_operator, bootstrap_args(), ANONYMOUS)
    assert sign_in(registration, "first@example.cn")["roles"] == ["operator"]


def test_an_invitation_is_taken_up_once(registration: Any, invited_secret: Callable[[str], str]) -> None:
    made = invite(registration)
    secret = invited_secret(made["account_id"])
    args = {"secret": secret, "password": PASSWORD}
    with pytest.raises(InvalidInput):
        registration.execute(rpc.accept_invitation, args | {"password": "short"}, ANONYMOUS)
    assert registration.execute(rpc.accept_invitation, args, ANONYMOUS)["status"] == "active"
    with pytest.raises(NotFound):
        registration.execute(rpc.accept_invitation, args, ANONYMOUS)


def test_accepting_twice_with_one_command_id_happens_once(
    registration: Any, invited_secret: Callable[[str], str]
) -> None:
    made = invite(registration)
    args = {"secret": invited_secret(made["account_id"]), "password": PASSWORD}
    first = registration.execute(rpc.accept_invitation, args, ANONYMOUS, command_id="c-1")
    assert registration.execute(rpc.accept_invitation, args, ANONYMOUS, command_id="c-1") == first


def test_only_the_hash_of_a_secret_is_kept(registration: Any, invited_secret: Callable[[str], str]) -> None:
    secret = invited_secret(invite(registration)["account_id"])
    for name in registration.store.database.list_collection_names():
        for row in registration.rows(name):
            assert secret not in str(row), name


def test_a_second_letter_ends_the_first_link(registration: Any, invited_secret: Callable[[str], str]) -> None:
    made = invite(registration)
    old, new = invited_secret(made["account_id"]), invited_secret(made["account_id"])
    with pytest.raises(NotFound):
        registration.execute(rpc.accept_invitation, {"secret": old, "password": PASSWORD}, ANONYMOUS)
    assert registration.execute(rpc.accept_invitation, {"secret": new, "password": PASSWORD}, ANONYMOUS)


def test_an_old_link_is_refused_and_swept(registration: Any, invited_secret: Callable[[str], str]) -> None:
    secret = invited_secret(invite(registration)["account_id"])
    links = registration.store.collection("links")
    row = links.find_one({})
    links.update_one({}, {"$set": {"expires_at": row["made_at"]}})
    with pytest.raises(NotFound):
        registration.execute(rpc.accept_invitation, {"secret": secret, "password": PASSWORD}, ANONYMOUS)
    assert registration.run_loop("sweep_expired") == 1
    assert registration.rows("links") == []


def test_links_are_made_for_letters_that_need_one(registration: Any, accept: Accept) -> None:
    made = invite(registration)
    ask = {"account_id": made["account_id"], "purpose": "reset"}
    with pytest.raises(Conflict):
        registration.execute(rpc.letter_link, ask, NOTIFY)
    accept(made["account_id"])
    with pytest.raises(Conflict):
        registration.execute(rpc.letter_link, ask | {"purpose": "invitation"}, NOTIFY)
    with pytest.raises(NotAllowed):
        registration.execute(rpc.letter_link, ask, service_caller("awards"))
    with pytest.raises(NotAllowed):
        registration.execute(rpc.letter_link, ask, registration.operator())


def test_a_recipient_is_told_to_services_and_audited(registration: Any) -> None:
    made = invite(registration, email="To@example.cn")
    told = registration.ask(rpc.letter_recipient, {"account_id": made["account_id"]}, NOTIFY)
    assert (told["email"], told["language"]) == ("To@example.cn", "zh")
    assert len(registration.rows("audit", {"action": "letter_recipient"})) == 1
    with pytest.raises(NotAllowed):
        registration.ask(
            rpc.letter_recipient, {"account_id": made["account_id"]}, registration.secretariat()
        )


def test_who_invites_whom(registration: Any) -> None:
    assert invite(registration, "auditor")["status"] == "invited"
    assert invite(registration, "recommender", registration.secretariat())["status"] == "invited"
    for role in ("operator", "auditor"):
        with pytest.raises(NotAllowed):
            invite(registration, role, registration.secretariat())
    with pytest.raises(InvalidInput):
        invite(registration, "service")
    with pytest.raises(InvalidInput):
        invite(registration, "expert")


def test_suspending_an_account(registration: Any, accept: Accept) -> None:
    made = invite(registration, email="staff@example.cn")
    caller = accept(made["account_id"])
    args = {"account_id": made["account_id"], "reason": "离职"}
    registration.execute(rpc.suspend_account, args, registration.operator())
    assert registration.emitted("SessionsRevoked")[0].subject == made["account_id"]
    with pytest.raises(NotSignedIn):
        sign_in(registration, "staff@example.cn")
    with pytest.raises(Conflict):
        registration.execute(rpc.suspend_account, args, registration.operator())
    done = registration.execute(rpc.reinstate_account, args, registration.operator())
    assert done["status"] == "active"
    assert sign_in(registration, "staff@example.cn")
    with pytest.raises(Conflict):
        registration.execute(rpc.reinstate_account, args, registration.operator())
    with pytest.raises(Conflict):
        registration.execute(rpc.suspend_account, args, registration.operator(made["account_id"]))
    assert registration.ask(rpc.who_am_i, {}, caller)["email"] == "staff@example.cn"


def test_accounts_are_listed_masked(registration: Any) -> None:
    invite(registration, "auditor", name="赵六")
    invite(registration)
    found = registration.ask(rpc.list_accounts, {"role": "auditor"}, registration.auditor())["items"]
    assert [(row["name"], row["status"]) for row in found] == [("赵六", "invited")]
    assert "***@" in found[0]["email"]


def test_the_house_stands(registration: Any, accept: Accept) -> None:
    from services.registration.service import SERVICE

    from .conftest import expert_args, unit_args

    unit = registration.execute(rpc.register_unit, unit_args(), ANONYMOUS)
    expert = registration.execute(rpc.enroll_expert, expert_args(), registration.secretariat())
    assert [check(registration.reading()) for check in SERVICE.invariants] == [[], []]
    registration.store.collection("accounts").update_many({}, {"$set": {"unit_id": "x", "expert_id": "y"}})
    found = [check(registration.reading()) for check in SERVICE.invariants]
    assert [each[0]["subject"] for each in found] == [unit["unit_id"], expert["expert_id"]]
