"""Parts from settings, and callers."""

from __future__ import annotations

import pytest
from pymongo import MongoClient

from contracts.errors import NotAllowed
from contracts.words import Role
from plumbing.clock import LocalClock, PrimaryClock
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller
from plumbing.parts import build_parts
from plumbing.settings import Settings
from tests.support.keys import key_set

PRIVATE, KEYRING = key_set()


@pytest.mark.parametrize(("profile", "clock"), [("local", LocalClock), ("production", PrimaryClock)])
def test_only_the_local_clock_may_be_moved(profile: str, clock: type[PrimaryClock]) -> None:
    settings = Settings(
        profile=profile, service="review", signing_key=PRIVATE["review"], keyring=KEYRING,
        mongo_url="mongodb://127.0.0.1:1/?replicaSet=x", s3_url="http://127.0.0.1:1",
        s3_public_url="http://127.0.0.1:1", s3_access_key="key", s3_secret_key="word",
    )  # fmt: skip
    with MongoClient("mongodb://127.0.0.1:1/?replicaSet=x", connect=False) as client:
        parts = build_parts(settings, client)
        assert type(parts.clock) is clock
        assert parts.tokens.verify(parts.tokens.for_service("review")) == Caller(
            "service:review", frozenset({Role.SERVICE}), token_id=parts.tokens.verify(
                parts.tokens.for_service("review")
            ).token_id,
        )  # fmt: skip
        assert parts.calls is None


def test_a_caller_has_roles_or_is_refused() -> None:
    expert = Caller("acc-1", frozenset({Role.EXPERT}))
    assert expert.has(Role.EXPERT, Role.OPERATOR) and not expert.has(Role.OPERATOR)
    expert.require(Role.EXPERT)
    with pytest.raises(NotAllowed):
        expert.require(Role.OPERATOR)
    assert not ANONYMOUS.roles
    assert service_caller("review").subject == "service:review"
