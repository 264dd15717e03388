"""The secrets of an installation in containers or Kubernetes: a folder a service, a file a secret.

The files are named as `plumbing.settings` wants them in XINLV_SECRETS_FOLDER.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from plumbing.settings import SERVICES
from runner.rotation import keyring_of, renew_key, retire_keys
from runner.stack.mongod import REPLICA_SET
from runner.stack.processes import StackError
from runner.stack.secrets import load_or_make
from runner.stack.state import write_private

ADDRESSES = {"broker": "rabbitmq:5672", "mongo": "mongo:27017", "mail": "smtp://mail:8025"}
"""Where the parts are in deploy/compose.yaml."""


def write_secrets(
    folder: Path,
    broker: str | None = None,
    mongo: str | None = None,
    mail: str | None = None,
    *,
    renew: str | None = None,
    retire: str | None = None,
) -> list[Path]:
    """Write the secrets of every service and of the operator below the folder; return the folders written.

    broker is host:port, or amqps://host:port; mongo host:port, several separated by commas, and what else
    its URL should say (db-0:27017,db-1:27017/?replicaSet=rs0&tls=true); mail an SMTP URL. Addresses,
    passwords and keys already there are kept: run again when one has changed. renew names a service that
    gets a new signing key, retire one whose old public halves nobody else takes any more. StackError when
    it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        credentials = load_or_make(folder)
        if renew:
            renew_key(folder / "keys", renew)
        if retire:
            retire_keys(folder / "keys", retire)
        addresses = _keep_addresses(folder / "addresses.json", broker, mongo, mail)
        written = []
        for name in (*SERVICES, "operator"):
            own = folder / name
            own.mkdir(exist_ok=True, mode=0o700)
            for secret, text in _secrets_of(name, folder, credentials, **addresses).items():
                write_private(own / secret, text)
            written.append(own)
        # the composition's desk keeps its session and its files here
        (folder / "desk").mkdir(exist_ok=True, mode=0o700)
        write_private(folder / "parts.env", _lines_for_parts(credentials["operator"]))
        write_private(folder / "mongo.key", credentials["operator"]["mongo_key"], 0o400)
    except OSError as error:
        raise StackError(f"{folder}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"{folder}: what lies there cannot be read: {error}") from None
    return written


def _keep_addresses(file: Path, broker: str | None, mongo: str | None, mail: str | None) -> dict[str, str]:
    """What was told now, else what was told before, else where the composition has the parts."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    told = {"broker": broker, "mongo": mongo, "mail": mail}
    addresses = {name: told[name] or kept.get(name) or usual for name, usual in ADDRESSES.items()}
    write_private(file, json.dumps(addresses, indent=2))
    return addresses


def _secrets_of(
    name: str, folder: Path, credentials: Mapping[str, Any], broker: str, mongo: str, mail: str
) -> dict[str, str]:
    operator = credentials["operator"]
    if name == "operator":
        user, password = operator["mongo_user"], operator["mongo_password"]
        return {
            "AMQP_URL": _broker_url("desk", credentials["clients"]["desk"]["password"], broker),
            "BROKER_MANAGEMENT_PASSWORD": operator["broker_password"],
            "MONGO_URL": _mongo_url(user, password, mongo),
            "S3_ACCESS_KEY": operator["s3_access_key"],
            "S3_SECRET_KEY": operator["s3_secret_key"],
            "BOOTSTRAP_SECRET": credentials["bootstrap"],
            "CREDENTIALS": (folder / "secrets.json").read_text(encoding="utf-8"),
        }
    own = credentials["services"][name]
    secrets = {
        "AMQP_URL": _broker_url(name, own["password"], broker),
        "MONGO_URL": _mongo_url(name, own["password"], mongo),
        "S3_ACCESS_KEY": own["s3_access_key"],
        "S3_SECRET_KEY": own["s3_secret_key"],
        "SIGNING_KEY": (folder / "keys" / f"{name}.pem").read_text(encoding="utf-8"),
        "KEYRING": json.dumps(keyring_of(folder / "keys", name), indent=2),
    }
    if name == "notify":
        secrets["SMTP_URL"] = mail
    if name == "registration":
        secrets["BOOTSTRAP_SECRET"] = credentials["bootstrap"]
    return secrets


def _broker_url(user: str, password: str, broker: str) -> str:
    scheme, _, place = broker.rpartition("://")
    return f"{scheme or 'amqp'}://{user}:{password}@{place}/xinlv"


def _mongo_url(user: str, password: str, mongo: str) -> str:
    hosts, _, options = mongo.partition("/?")
    told = dict(pair.partition("=")[::2] for pair in options.split("&") if pair)
    told = {"replicaSet": REPLICA_SET, "authSource": "admin", **told}
    said = "&".join(f"{name}={value}" for name, value in told.items())
    return f"mongodb://{quote(user)}:{quote(password)}@{hosts}/?{said}"


def _lines_for_parts(operator: Mapping[str, str]) -> str:
    """What the containers of the parts read, and as whom services run: only that user may read the files."""
    lines = {
        "XINLV_UID": str(os.getuid()),
        "XINLV_GID": str(os.getgid()),
        "RABBITMQ_DEFAULT_USER": operator["broker_user"],
        "RABBITMQ_DEFAULT_PASS": operator["broker_password"],
        "MONGO_INITDB_ROOT_USERNAME": operator["mongo_user"],
        "MONGO_INITDB_ROOT_PASSWORD": operator["mongo_password"],
        "MINIO_ROOT_USER": operator["s3_access_key"],
        "MINIO_ROOT_PASSWORD": operator["s3_secret_key"],
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())
