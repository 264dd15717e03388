"""The secrets of an installation in containers or Kubernetes: a folder a service, a file a secret.

The files are named as `plumbing.settings` wants them in XINLV_SECRETS_FOLDER.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plumbing.settings import SERVICES
from runner.stack.mongod import REPLICA_SET
from runner.stack.processes import StackError
from runner.stack.secrets import load_or_make
from runner.stack.state import write_private


def write_secrets(folder: Path, broker: str, mongo: str, mail: str) -> list[Path]:
    """Write the secrets of every service and of the operator below the folder; return the folders written.

    broker and mongo are host:port (mongo: several, separated by commas), mail an SMTP URL. Passwords and
    keys already there are kept: run again when an address changes. StackError when it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        credentials = load_or_make(folder)
        written = []
        for name in (*SERVICES, "operator"):
            own = folder / name
            own.mkdir(exist_ok=True, mode=0o700)
            for secret, text in _secrets_of(name, folder, credentials, broker, mongo, mail).items():
                write_private(own / secret, text)
            written.append(own)
        write_private(folder / "parts.env", _lines_for_parts(credentials["operator"]))
        write_private(folder / "mongo.key", credentials["operator"]["mongo_key"], 0o400)
    except OSError as error:
        raise StackError(f"{folder}: {error.strerror}") from None
    return written


def _secrets_of(
    name: str, folder: Path, credentials: Mapping[str, Any], broker: str, mongo: str, mail: str
) -> dict[str, str]:
    operator = credentials["operator"]
    if name == "operator":
        user, password = operator["mongo_user"], operator["mongo_password"]
        return {
            "AMQP_URL": f"amqp://desk:{credentials['clients']['desk']['password']}@{broker}/xinlv",
            "BROKER_MANAGEMENT_PASSWORD": operator["broker_password"],
            "MONGO_URL": f"mongodb://{user}:{password}@{mongo}/?replicaSet={REPLICA_SET}&authSource=admin",
            "S3_ACCESS_KEY": operator["s3_access_key"],
            "S3_SECRET_KEY": operator["s3_secret_key"],
            "BOOTSTRAP_SECRET": credentials["bootstrap"],
            "CREDENTIALS": (folder / "secrets.json").read_text(encoding="utf-8"),
        }
    own = credentials["services"][name]
    secrets = {
        "AMQP_URL": f"amqp://{name}:{own['password']}@{broker}/xinlv",
        "MONGO_URL": f"mongodb://{name}:{own['password']}@{mongo}/?replicaSet={REPLICA_SET}&authSource=admin",
        "S3_ACCESS_KEY": own["s3_access_key"],
        "S3_SECRET_KEY": own["s3_secret_key"],
        "SIGNING_KEY": (folder / "keys" / f"{name}.pem").read_text(encoding="utf-8"),
        "KEYRING": (folder / "keys" / "keyring.json").read_text(encoding="utf-8"),
    }
    if name == "notify":
        secrets["SMTP_URL"] = mail
    if name == "registration":
        secrets["BOOTSTRAP_SECRET"] = credentials["bootstrap"]
    return secrets


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
