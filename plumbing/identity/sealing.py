"""Encrypting stored answers of commands: some hold tokens or personal data."""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Sealing:
    """AES-256-GCM and keyed BLAKE2b, with keys drawn from a secret of the service."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise ValueError("sealing needs a secret")
        self._cipher = AESGCM(_derive(secret, b"xinlv seal"))
        self._key = _derive(secret, b"xinlv print")

    def seal(self, text: str) -> bytes:
        """Return the text, encrypted."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str | None:
        """Return the text again, or None when it was changed or sealed with another secret."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()
        except (InvalidTag, ValueError):
            return None

    def fingerprint(self, text: str) -> bytes:
        """Return a keyed hash: equal for equal texts, and no help in guessing them."""
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()


def _derive(secret: str, purpose: bytes) -> bytes:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=purpose.ljust(16, b"\0")).digest()
