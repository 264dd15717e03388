"""The random passwords and keys of a stack, made once and kept in files only their owner may read."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbing.settings import SERVICES
from runner.stack.state import write_private

CLIENTS = ("desk", "site", "partner")


def load_or_make(home: Path) -> dict[str, Any]:
    """The credentials kept in `<home>/secrets.json`; made at the first call, with key files beside.

    {"operator": {...administrators of the parts}, "clients": {name: {"password"}},
    "services": {name: {"password", "s3_access_key", "s3_secret_key"}}, "bootstrap": makes the first account}
    """
    file = home / "secrets.json"
    if file.exists():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    credentials: dict[str, Any] = {
        "operator": {
            "broker_user": "xinlv-operator",
            "broker_password": word(),
            "mongo_user": "xinlv-operator",
            "mongo_password": word(),
            "s3_access_key": f"operator-{word(6)}",
            "s3_secret_key": word(),
            "erlang_cookie": word(),
            "mongo_key": word(48),
        },
        "services": {name: _credentials_of(name) for name in SERVICES},
        "clients": {name: {"password": word()} for name in CLIENTS},
        "bootstrap": word(),
    }
    make_keys(home / "keys")
    write_private(file, json.dumps(credentials, indent=2))
    return credentials


def word(size: int = 24) -> str:
    """A random word that needs no quoting in a URL, a shell or a configuration file."""
    return secrets.token_hex(size)


def make_keys(folder: Path) -> None:
    """One Ed25519 key a service, `<service>.pem`, and `keyring.json` with the public halves by key id."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring: dict[str, dict[str, str]] = {}
    for service in SERVICES:
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        write_private(folder / f"{service}.pem", private.decode())
        keyring[f"{service}-{word(4)}"] = {"issuer": service, "public": public.decode()}
    write_private(folder / "keyring.json", json.dumps(keyring, indent=2))


def _credentials_of(service: str) -> dict[str, str]:
    return {"password": word(), "s3_access_key": f"{service}-{word(4)}", "s3_secret_key": word()}
