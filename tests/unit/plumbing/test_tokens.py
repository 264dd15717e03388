"""Tokens: who may say what of whom, and every way to forge one."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from contracts.errors import NotSignedIn
from contracts.words import Role
from plumbing.identity import tokens as module
from plumbing.identity.keys import Keyring, load_private
from plumbing.identity.tokens import Tokens
from tests.support.keys import key_set, pem_pair

PRIVATE, KEYRING = key_set()


def tokens(service: str | None, *, sign: bool = True) -> Tokens:
    return Tokens(service, Keyring(KEYRING), PRIVATE[service] if sign and service else "")


def claims(**changes: Any) -> dict[str, Any]:
    now = time.time()
    content = {
        "sub": "acc-1", "roles": ["entrant"], "aud": "xinlv", "iss": "registration", "iat": now,
        "exp": int(now) + 60, "jti": "t", "unit": "unit-1",
    }  # fmt: skip
    return {name: value for name, value in {**content, **changes}.items() if value is not None}


def forge(content: dict[str, Any], *, signer: str = "registration", kid: str = "registration-1") -> str:
    return jwt.encode(content, load_private(PRIVATE[signer]), algorithm="EdDSA", headers={"kid": kid})


def test_a_users_token_says_who_it_is_everywhere() -> None:
    token = tokens("registration").sign_user("acc-1", [Role.ENTRANT], unit_id="unit-1")
    for verifier in (tokens("review"), tokens("registration"), tokens(None)):
        caller = verifier.verify(token)
        assert (caller.subject, caller.roles, caller.unit_id, caller.expert_id) == (
            "acc-1", frozenset({Role.ENTRANT}), "unit-1", None,
        )  # fmt: skip
        assert caller.token_id.startswith("tok-")
    expert = tokens("registration").sign_user("acc-2", [Role.EXPERT], expert_id="expert-1", seconds=1)
    assert tokens("review").verify(expert).expert_id == "expert-1"


def test_a_services_token_is_for_one_service_only() -> None:
    review = tokens("review")
    token = review.for_service("submission")
    caller = tokens("submission").verify(token)
    assert (caller.subject, caller.roles) == ("service:review", frozenset({Role.SERVICE}))
    assert review.for_service("submission") == token != review.for_service("awards")
    with pytest.raises(NotSignedIn):
        tokens("awards").verify(token)


def test_a_services_token_is_made_anew_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    review = tokens("review")
    token = review.for_service("submission")
    later = time.time() + module.LONGEST * 0.6
    monkeypatch.setattr(time, "time", lambda: later)
    assert review.for_service("submission") != token


def test_a_good_forgery_differs_in_one_thing_only() -> None:
    assert tokens("review").verify(forge(claims())).subject == "acc-1"


HS_KEY = KEYRING["registration-1"]["public"].replace("-", "").encode() * 2
KNOWN = {"kid": "registration-1"}


def from_submission(**changes: Any) -> str:
    content = {"iss": "submission", "sub": "service:submission", "roles": ["service"], "aud": "review"}
    content |= changes
    return forge(claims(**content), signer="submission", kid="submission-1")


# made when the test runs, so that none is refused for its age alone
FORGERIES: dict[str, Callable[[], str]] = {
    "another's key": lambda: forge(claims(), signer="review"),
    "unknown key": lambda: forge(claims(), kid="unknown"),
    "no key": lambda: jwt.encode(claims(), load_private(PRIVATE["registration"]), algorithm="EdDSA"),
    "user's from a service": lambda: forge(claims(iss="review"), signer="review", kid="review-1"),
    "user's under another's issuer": lambda: forge(claims(), signer="review", kid="review-1"),
    "service's from registration": lambda: forge(
        claims(sub="service:review", roles=["service"], aud="review")
    ),
    "service's for users": lambda: forge(claims(sub="service:submission", roles=["service"])),
    "service's role": lambda: forge(claims(roles=["service"])),
    "service's name": lambda: forge(claims(sub="service:review")),
    "service in another's name": lambda: from_submission(sub="service:awards"),
    "service in a person's name": lambda: from_submission(sub="acc-1"),
    "service with more roles": lambda: from_submission(roles=["service", "operator"]),
    "service with a person's role": lambda: from_submission(roles=["operator"]),
    "service for another service": lambda: from_submission(aud="awards"),
    "service for users from itself": lambda: from_submission(aud="xinlv"),
    "unknown role": lambda: forge(claims(roles=["emperor"])),
    "no roles": lambda: forge(claims(roles=[])),
    "roles in a word": lambda: forge(claims(roles="entrant")),
    "roles missing": lambda: forge(claims(roles=None)),
    "subject missing": lambda: forge(claims(sub=None)),
    "id missing": lambda: forge(claims(jti=None)),
    "issue missing": lambda: forge(claims(iat=None)),
    "expiry missing": lambda: forge(claims(exp=None)),
    "expired": lambda: forge(claims(exp=int(time.time()) - 60)),
    "too long a life": lambda: forge(claims(exp=int(time.time()) + 3600)),
    "issued in the far future": lambda: forge(claims(iat=time.time() + 660, exp=int(time.time()) + 700)),
    "another audience": lambda: forge(claims(aud="awards")),
    "several audiences": lambda: forge(claims(aud=["xinlv", "awards"])),
    "shared secret": lambda: jwt.encode(claims(), "secret" * 8, algorithm="HS256", headers=KNOWN),
    "public key as secret": lambda: jwt.encode(claims(), HS_KEY, algorithm="HS256", headers=KNOWN),
    "unsigned": lambda: jwt.encode(claims(), None, algorithm="none", headers=KNOWN),
    "signature changed": lambda: forge(claims())[:-6] + "AAAAAA",
    "no token": lambda: "a.b.c",
    "nothing": lambda: "",
    "too long": lambda: "x" * 5000,
    "not ASCII": lambda: "多",
}


@pytest.mark.parametrize("make", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgeries_are_refused_alike(make: Callable[[], str]) -> None:
    token = make()
    with pytest.raises(NotSignedIn) as refused:
        tokens("review").verify(token)
    assert str(refused.value) == str(module.refused())


def test_the_honest_service_token_passes() -> None:
    assert tokens("review").verify(from_submission()).subject == "service:submission"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(NotSignedIn):
        tokens("review").verify(5)  # type: ignore[arg-type]


def test_a_changed_body_is_refused_even_after_the_true_one_was_seen() -> None:
    verifier = tokens("review")
    token = forge(claims())
    verifier.verify(token)
    head, body, signature = token.split(".")
    content = json.loads(base64.urlsafe_b64decode(body + "=="))
    content["roles"] = ["operator"]
    changed = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    with pytest.raises(NotSignedIn):
        verifier.verify(f"{head}.{changed}.{signature}")


def test_a_token_seen_before_expires_too(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = tokens("review")
    token = forge(claims())
    verifier.verify(token)
    later = time.time() + 70
    monkeypatch.setattr(time, "time", lambda: later)
    for _ in range(2):
        with pytest.raises(NotSignedIn):
            verifier.verify(token)


def test_revoked_sessions_are_refused_new_ones_not() -> None:
    verifier = tokens("review")
    old, other = forge(claims(iat=time.time() - 2)), forge(claims(sub="acc-2"))
    verifier.verify(old)
    now = datetime.now(UTC) - timedelta(seconds=1)
    verifier.revoke("acc-1", now)
    verifier.revoke("acc-1", now - timedelta(seconds=30))  # an older word changes nothing
    with pytest.raises(NotSignedIn):
        verifier.verify(old)
    assert verifier.verify(forge(claims())).subject == "acc-1"
    assert verifier.verify(other).subject == "acc-2"
    verifier.revoke("acc-3", now - timedelta(hours=1))
    assert set(verifier._revoked) == {"acc-1"}


def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KNOWN", 2)
    verifier = tokens("review")
    for number in range(4):
        verifier.verify(forge(claims(sub=f"acc-{number}")))
    assert len(verifier._known) == 2


def test_who_may_not_sign_does_not() -> None:
    with pytest.raises(ValueError, match="only registration"):
        tokens("review").sign_user("acc-1", [Role.ENTRANT])
    with pytest.raises(ValueError, match="no signing key"):
        tokens("review", sign=False).for_service("awards")
    for seconds in (0, 901):
        with pytest.raises(ValueError, match=r"1\.\.900"):
            tokens("registration").sign_user("acc-1", [Role.ENTRANT], seconds=seconds)


def test_keys_that_cannot_be_used_are_named() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    other = ec.generate_private_key(ec.SECP256R1())
    private = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = other.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(ValueError, match="XINLV_SIGNING_KEY: is not a PEM"):
        load_private("nonsense")
    with pytest.raises(ValueError, match="XINLV_SIGNING_KEY: must be an Ed25519"):
        load_private(private)
    with pytest.raises(ValueError, match="XINLV_KEYRING: the key k is not"):
        Keyring({"k": {"issuer": "review", "public": "nonsense"}})
    with pytest.raises(ValueError, match="XINLV_KEYRING: the key k must be"):
        Keyring({"k": {"issuer": "review", "public": public.decode()}})
    with pytest.raises(ValueError, match="XINLV_KEYRING: does not hold"):
        Tokens("review", Keyring(KEYRING), pem_pair()[0])
    with pytest.raises(ValueError, match="XINLV_KEYRING: does not hold"):
        Tokens("review", Keyring(KEYRING), PRIVATE["awards"])
