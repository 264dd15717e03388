"""Short signed tokens (EdDSA JWT): users' are issued by registration alone, a service's by that service.

Tokens use real time, whatever the business clock says.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature

from contracts.errors import NotSignedIn
from contracts.words import Role
from plumbing.identity.caller import Caller
from plumbing.identity.keys import Keyring, load_private
from plumbing.store.ids import new_id

USERS = "xinlv"
USERS_ISSUER = "registration"
LONGEST = 900
LEEWAY = 5
SKEW = 600
"""So far apart two machines' clocks may be: of two that are, one signs what the other reads as the future."""
MOST_KNOWN = 10_000
LONGEST_TOKEN = 4_000
REQUIRED = ["sub", "roles", "aud", "iss", "iat", "exp", "jti"]


@dataclass(frozen=True)
class _Known:
    caller: Caller
    issued: float
    expires: float


class Tokens:
    """Verifies tokens meant for users of the platform or for this service, and signs this service's own."""

    def __init__(self, service: str | None, keyring: Keyring, signing_key: str = "") -> None:
        self.service = service
        self._keyring = keyring
        self._private = load_private(signing_key) if signing_key else None
        self._kid = keyring.kid_of(self._private, service or "") if self._private else ""
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._revoked: dict[str, float] = {}
        self._own: dict[str, tuple[str, float]] = {}

    def verify(self, token: str) -> Caller:
        """Return whom the token speaks for.

        Raises NotSignedIn when it is forged, expired, revoked or meant for others, without saying which.
        """
        known = self._known.get(token)
        if known is None:
            known = self._check(token)
            self._known[token] = known
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        if known.expires + LEEWAY <= time.time():
            self._known.pop(token, None)
            raise refused()
        if self._revoked and known.issued <= self._revoked.get(known.caller.subject, 0.0):
            raise refused()
        return known.caller

    def sign_user(
        self,
        subject: str,
        roles: Iterable[Role],
        *,
        unit_id: str | None = None,
        expert_id: str | None = None,
        seconds: int = LONGEST,
    ) -> str:
        """Return a token for a user, 1..900 seconds long; ValueError unless this is registration."""
        if self.service != USERS_ISSUER:
            raise ValueError("only registration issues users' tokens")
        if not 0 < seconds <= LONGEST:
            raise ValueError(f"a token lives 1..{LONGEST} seconds")
        return self._sign(subject, roles, USERS, seconds, unit=unit_id, expert=expert_id)

    def for_service(self, audience: str) -> str:
        """Return a token with which this service calls another one; kept and used again while it lives."""
        token, until = self._own.get(audience, ("", 0.0))
        if time.time() >= until:
            token = self._sign(f"service:{self.service}", [Role.SERVICE], audience, LONGEST)
            # renewed early: it must be good on a machine whose clock is ahead
            self._own[audience] = (token, time.time() + (LONGEST - SKEW) / 2)
        return token

    def sign_text(self, text: str) -> tuple[str, str]:
        """Return the id of this service's key and its signature in hex; ValueError when there is no key.

        For JSON objects: none can be taken for a token, whose signed part is base64.
        """
        if self._private is None:
            raise ValueError("there is no signing key")
        return self._kid, self._private.sign(text.encode()).hex()

    def verify_text(self, key_id: str, text: str, signature: str) -> bool:
        """Say whether this service signed the text with a key that the ring holds under this id."""
        key = self._keyring.find(key_id)
        if key is None or key.issuer != self.service:
            return False
        try:
            key.public.verify(bytes.fromhex(signature), text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    def public_key(self, key_id: str) -> str | None:
        """Return the public half of a key in hex, or None when the ring does not hold it."""
        key = self._keyring.find(key_id)
        return key.public.public_bytes_raw().hex() if key else None

    def revoke(self, subject: str, before: datetime) -> None:
        """Refuse from now on the subject's tokens issued at or before this real moment."""
        self._revoked[subject] = max(before.timestamp(), self._revoked.get(subject, 0.0))
        old = time.time() - LONGEST - LEEWAY
        # older tokens have expired by themselves
        self._revoked = {who: when for who, when in self._revoked.items() if when > old}

    def _sign(
        self, subject: str, roles: Iterable[Role], audience: str, seconds: int, **claims: str | None
    ) -> str:
        if self._private is None:
            raise ValueError("there is no signing key")
        now = time.time()
        content: dict[str, Any] = {
            "sub": subject, "roles": sorted(roles), "aud": audience, "iss": self.service,
            "iat": round(now, 3), "exp": int(now) + seconds, "jti": new_id("tok"),
            **{name: value for name, value in claims.items() if value},
        }  # fmt: skip
        return jwt.encode(content, self._private, algorithm="EdDSA", headers={"kid": self._kid})

    def _check(self, token: str) -> _Known:
        try:
            if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
                raise refused()
            key = self._keyring.find(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise refused()
            audiences = [USERS] if key.issuer == USERS_ISSUER else []
            audiences += [self.service] if self.service else []
            # the key decides algorithm and issuer; what the token claims of itself decides nothing
            claims = jwt.decode(
                token, key.public, algorithms=["EdDSA"], audience=audiences, issuer=key.issuer,
                leeway=LEEWAY, options={"require": REQUIRED, "strict_aud": False, "verify_iat": False},
            )  # fmt: skip
            if claims["iat"] > time.time() + SKEW + LEEWAY:
                raise refused()
            return _Known(_caller(claims, key.issuer), float(claims["iat"]), float(claims["exp"]))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise refused() from error


def _caller(claims: dict[str, Any], issuer: str) -> Caller:
    """The caller, where this issuer may speak for it."""
    roles = frozenset(Role(role) for role in claims["roles"])
    subject = claims["sub"]
    lifetime = claims["exp"] - claims["iat"]
    if not roles or not isinstance(subject, str) or not 0 < lifetime <= LONGEST + 1:
        raise refused()
    if claims["aud"] == USERS:
        if subject.startswith("service:") or Role.SERVICE in roles:
            raise refused()
    elif subject != f"service:{issuer}" or roles != {Role.SERVICE}:
        raise refused()
    return Caller(subject, roles, claims.get("unit"), claims.get("expert"), str(claims["jti"]))


def refused() -> NotSignedIn:
    """Return the one refusal of all bad tokens: it tells a forger nothing."""
    return NotSignedIn("登录已失效，请重新登录。", "You are not signed in any more; sign in again.")
