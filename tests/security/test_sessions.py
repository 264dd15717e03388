"""Sessions that end before their tokens do: refused by every service, on every replica, after a start too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import NotSignedIn
from contracts.events.registration import SessionsRevoked
from contracts.rpc import registration as rpc
from contracts.rpc.common import common_of
from contracts.words import SERVICES, Role
from plumbing.bus.topology import wanted_by
from plumbing.identity.caller import ANONYMOUS, service_caller
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.operations.revoked import LIFE
from plumbing.store.inbox import Status
from services.registration.service import SERVICE as REGISTRATION
from services.review.service import SERVICE as REVIEW
from tests.security.worlds import person, whole
from tests.support.harness import Harness, MakeHarness
from tests.support.keys import key_set

PASSWORD = "correct horse 电池"
TELLER = service_caller("notify")


@pytest.fixture
def registration(harness: MakeHarness) -> Harness:
    return harness(whole(REGISTRATION))


@pytest.fixture
def review(harness: MakeHarness) -> Harness:
    return harness(whole(REVIEW))


@pytest.fixture
def sign_in(registration: Harness) -> Callable[[str], dict[str, Any]]:
    """Invite somebody where he is new, and sign him in."""
    known: set[str] = set()

    def do(name: str) -> dict[str, Any]:
        if name not in known:
            args = {"role": "auditor", "person": person(name)}
            account = registration.execute(rpc.invite_account, args, registration.operator())["account_id"]
            link = registration.execute(
                rpc.letter_link, {"account_id": account, "purpose": "invitation"}, TELLER
            )
            args = {"secret": link["url"].rpartition("/")[2], "password": PASSWORD}
            registration.execute(rpc.accept_invitation, args, ANONYMOUS)
            known.add(name)
        args = {"email": person(name)["email"], "password": PASSWORD}
        return registration.execute(rpc.sign_in, args, ANONYMOUS)

    return do


def tell(registration: Harness, to: Harness) -> None:
    outcomes = to.handle(registration.emitted("SessionsRevoked"))
    assert {outcome.status for outcome in outcomes} <= {Status.HANDLED, Status.REPEATED}
    to.run_loop("revocations")


def test_a_suspended_accounts_token_is_refused_everywhere(
    registration: Harness, review: Harness, sign_in: Any
) -> None:
    mine, others = sign_in("one"), sign_in("two")
    for service in (registration, review):
        assert service.parts.tokens.verify(mine["access_token"]).subject == mine["account_id"]
    args = {"account_id": mine["account_id"], "reason": "离职"}
    registration.execute(rpc.suspend_account, args, registration.operator())
    for service in (registration, review):
        tell(registration, service)
        with pytest.raises(NotSignedIn):
            service.parts.tokens.verify(mine["access_token"])
        assert service.parts.tokens.verify(others["access_token"]).subject == others["account_id"]
    with pytest.raises(NotSignedIn):
        registration.execute(rpc.refresh_session, {"refresh_token": mine["refresh_token"]}, ANONYMOUS)


def test_a_replica_that_starts_later_knows_it_before_its_first_call(
    registration: Harness, review: Harness, sign_in: Any
) -> None:
    mine = sign_in("one")
    registration.execute(rpc.revoke_sessions, {}, registration.parts.tokens.verify(mine["access_token"]))
    assert review.handle(registration.emitted("SessionsRevoked"))[0].status is Status.HANDLED
    private, keyring = key_set()
    review.parts.tokens = Tokens("review", Keyring(keyring), private["review"])
    assert review.parts.tokens.verify(mine["access_token"])
    review.prepare()
    with pytest.raises(NotSignedIn):
        review.parts.tokens.verify(mine["access_token"])
    again = sign_in("one")
    assert review.parts.tokens.verify(again["access_token"]).has(Role.AUDITOR)


def test_a_stolen_refresh_token_ends_the_thiefs_access_too(
    registration: Harness, review: Harness, sign_in: Any
) -> None:
    stolen = sign_in("one")
    renewed = registration.execute(rpc.refresh_session, {"refresh_token": stolen["refresh_token"]}, ANONYMOUS)
    for row in registration.rows("sessions"):  # real time cannot be set, so what it is compared with is
        back = {"$set": {"renewed_at": row["renewed_at"] - timedelta(minutes=1)}}
        registration.store.collection("sessions").update_one({"_id": row["_id"]}, back)
    with pytest.raises(NotSignedIn):
        registration.execute(rpc.refresh_session, {"refresh_token": stolen["refresh_token"]}, ANONYMOUS)
    tell(registration, review)
    for pair in (stolen, renewed):
        with pytest.raises(NotSignedIn):
            review.parts.tokens.verify(pair["access_token"])


def test_the_latest_moment_counts_and_rows_go_when_no_token_lives(review: Harness) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    moments = (now - timedelta(seconds=5), now, now - timedelta(seconds=9))
    told = [
        review.event(SessionsRevoked, "acc-1", place, {"account_id": "acc-1", "revoked_at": moment})
        for place, moment in enumerate(moments, 1)
    ]
    old = now - LIFE - timedelta(seconds=5)
    told.append(review.event(SessionsRevoked, "acc-2", 1, {"account_id": "acc-2", "revoked_at": old}))
    assert {outcome.status for outcome in review.handle(told)} == {Status.HANDLED}
    [row] = review.rows("revocations")
    assert (row["_id"], row["before"]) == ("acc-1", now)
    review.store.collection("revocations").update_one({}, {"$set": {"until": now - timedelta(seconds=1)}})
    review.run_loop("revocations")
    assert review.rows("revocations") == []


def test_every_service_hears_of_it(review: Harness) -> None:
    import importlib

    services = [importlib.import_module(f"services.{name}.service").SERVICE for name in SERVICES]
    for wanted in wanted_by(services).values():
        assert {"SessionsRevoked", "PersonalDataErased"} <= {kind.name for kind in wanted}
    told = review.ask(common_of("review").wanted_events, {}, review.operator())["events"]
    assert {"type": SessionsRevoked.type, "reactions": ["refuse_revoked_tokens"]} in told
