"""Fresh signing keys of all services, as their settings would carry them."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbing.settings import SERVICES


def pem_pair() -> tuple[str, str]:
    """Return a new Ed25519 key: private and public PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@cache
def key_set() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return ({service: private PEM}, keyring), the same ones for the whole session."""
    private, keyring = {}, {}
    for service in SERVICES:
        private[service], public = pem_pair()
        keyring[f"{service}-1"] = {"issuer": service, "public": public}
    return private, keyring
