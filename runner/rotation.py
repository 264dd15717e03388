"""New signing keys for an installation made by `./xinlv topology secrets`, and what becomes of old ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from plumbing.identity.keys import Keyring, load_private
from runner.stack.secrets import word
from runner.stack.state import write_private

SEALING = ("review", "awards")
"""Who signs what is verified for years; retired keys of others would be good for forged tokens only."""


def renew_key(keys: Path, service: str) -> str:
    """Give a service a new signing key and return its id; the old public halves stay beside the new one."""
    key = Ed25519PrivateKey.generate()
    keyring = _read(keys / "keyring.json")
    kid = f"{service}-{word(4)}"
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    # first the ring: whoever starts in between must find the public half of the key he has
    write_private(
        keys / "keyring.json", json.dumps(keyring | {kid: {"issuer": service, "public": public}}, indent=2)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    write_private(keys / f"{service}.pem", private)
    return kid


def retire_keys(keys: Path, service: str) -> list[str]:
    """Take a service's public halves, but that of its present key, out of everybody's ring; return their ids.

    They go to retired.json, of which a service that seals is told its own: what it signed goes on to verify.
    """
    keyring, retired = _read(keys / "keyring.json"), _read(keys / "retired.json")
    private = load_private((keys / f"{service}.pem").read_text(encoding="utf-8"))
    present = Keyring(keyring).kid_of(private, service)
    old = [kid for kid, key in keyring.items() if key["issuer"] == service and kid != present]
    retired |= {kid: keyring.pop(kid) for kid in old}
    write_private(keys / "retired.json", json.dumps(retired, indent=2))
    write_private(keys / "keyring.json", json.dumps(keyring, indent=2))
    return old


def keyring_of(keys: Path, service: str) -> dict[str, Any]:
    """Everybody's public keys, and for a service that seals the retired ones of its own."""
    retired = _read(keys / "retired.json") if service in SEALING else {}
    own = {kid: key for kid, key in retired.items() if key["issuer"] == service}
    return own | _read(keys / "keyring.json")


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}
