"""Tokens that are worth nothing, each in its own way."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.words import SERVICES, Role
from plumbing.identity.keys import load_private
from plumbing.settings import Settings
from tests.integration.rpc.conftest import Platform


def forgeries(platform: Platform, role: Role, service: str) -> Iterator[tuple[str, Any]]:
    """Yield (what is wrong, token) of tokens that claim the role before the service."""
    good = platform.token_for(role, service)
    head, body, signature = good.split(".")
    header, claims = _read(head), _read(body)
    issuer = claims["iss"]
    own = _private(platform, issuer)
    stranger = Ed25519PrivateKey.generate()
    other = "awards" if service != "awards" else "review"
    now = int(time.time())

    def signed(key: Any, changed: dict[str, Any], kid: str = header["kid"]) -> str:
        return jwt.encode({**claims, **changed}, key, algorithm="EdDSA", headers={"kid": kid})

    yield "a stranger's key", signed(stranger, {})
    yield "expired", signed(own, {"iat": now - 1000, "exp": now - 100})
    yield "too long a life", signed(own, {"exp": now + 10**6})
    yield "life without end", signed(own, {"exp": 10**18})
    yield "for another service", signed(own, {"aud": other})
    yield "for nobody", signed(own, {"aud": "partners"})
    yield "for a list", signed(own, {"aud": [other]})
    yield "of another issuer", signed(own, {"iss": other})
    yield "a role that is none", signed(own, {"roles": ["root"]})
    yield "no roles", signed(own, {"roles": []})
    yield "roles a text", signed(own, {"roles": "operator"})
    yield "roles an object", signed(own, {"roles": {"$ne": None}})
    yield "unsigned", f"{_write({'alg': 'none', 'kid': header['kid']})}.{body}."
    yield "algorithm none kept signed", f"{_write({'alg': 'none', 'kid': header['kid']})}.{body}.{signature}"
    public = own.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    yield "public key as password", _hmac(claims, public, header["kid"])
    changed = _write({**claims, "roles": [str(role) for role in Role]})
    yield "claims changed after signing", f"{head}.{changed}.{signature}"
    yield "signature cut", good[:-4]
    yield "unknown key", signed(own, {}, kid="nobody-1")
    if role is Role.SERVICE:
        yield "a service as a user", signed(own, {"aud": "xinlv"})
        yield "in another's name", signed(own, {"sub": f"service:{service}"})
    else:
        foreign = next(name for name in SERVICES if name not in ("registration", service))
        key = _private(platform, foreign)
        kid = platform.signer(foreign)._kid
        yield "a user's token by another service", signed(key, {"iss": foreign}, kid)
        yield "a user's token for this service by another", signed(key, {"iss": foreign, "aud": service}, kid)
        yield (
            "a user as a service",
            signed(own, {"sub": "service:review", "roles": ["service"], "aud": service}),
        )
    for what in ("exp", "iat", "sub", "aud", "iss", "jti", "roles"):
        short = {name: value for name, value in claims.items() if name != what}
        yield f"without {what}", jwt.encode(short, own, algorithm="EdDSA", headers={"kid": header["kid"]})
    yield from (("nonsense", "abc"), ("dots", "..."), ("empty", ""), ("huge", "x" * 50_000), ("a number", 7),
                ("an object", {"$gt": ""}), ("bytes", b"\xff\x00"), ("not ASCII", "汉.字.汉"))  # fmt: skip


def _private(platform: Platform, service: str) -> Ed25519PrivateKey:
    settings = Settings.from_environment(service, platform.stack.environment(service))
    return load_private(settings.signing_key)


def _hmac(claims: dict[str, Any], secret: bytes, kid: str) -> str:
    import hashlib
    import hmac

    text = f"{_write({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{_write(claims)}"
    word = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(word).decode().rstrip('=')}"


def _read(part: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


def _write(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
