"""The signing keys of all services: public halves of everybody's, the private half of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True)
class Key:
    """Whose key it is and its public half."""

    kid: str
    issuer: str
    public: Ed25519PublicKey


class Keyring:
    """Keys by id. Rotation is two keys of one issuer beside each other for as long as a token lives."""

    def __init__(self, keyring: Mapping[str, Mapping[str, str]]) -> None:
        self._keys = {kid: _key(kid, entry) for kid, entry in keyring.items()}

    def find(self, kid: str) -> Key | None:
        """Return the key of this id, or None."""
        return self._keys.get(kid)

    def kid_of(self, private: Ed25519PrivateKey, issuer: str) -> str:
        """Return the id under which others know our key; ValueError when they do not."""
        ours = _raw(private.public_key())
        for key in self._keys.values():
            if key.issuer == issuer and _raw(key.public) == ours:
                return key.kid
        raise ValueError(f"XINLV_KEYRING: does not hold the public half of the signing key of {issuer}")


def load_private(pem: str) -> Ed25519PrivateKey:
    """Return the private key of a PEM text; ValueError when it is none."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError("XINLV_SIGNING_KEY: is not a PEM private key without password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("XINLV_SIGNING_KEY: must be an Ed25519 key")
    return key


def _key(kid: str, entry: Mapping[str, str]) -> Key:
    try:
        public = serialization.load_pem_public_key(entry["public"].encode())
    except ValueError as error:
        raise ValueError(f"XINLV_KEYRING: the key {kid} is not a PEM public key") from error
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError(f"XINLV_KEYRING: the key {kid} must be an Ed25519 key")
    return Key(kid, entry["issuer"], public)


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()
