"""One-time secrets of links: told once, kept only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_secret() -> tuple[str, str]:
    """Return a secret of 256 random bits for a link, and the hash to keep."""
    secret = secrets.token_urlsafe(32)
    return secret, hash_secret(secret)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 under which a secret is looked up; no salt is needed for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str, kept: str) -> bool:
    """Say whether this is the secret whose hash was kept, in a time that tells nothing."""
    return hmac.compare_digest(hash_secret(secret), kept)
