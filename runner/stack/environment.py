"""What a stack tells its services and its clients: the XINLV_* variables that `plumbing.settings` reads."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from runner.coverage_rooms import follow_greenlets
from runner.stack.minio import REGION
from runner.stack.mongod import REPLICA_SET
from runner.stack.state import State

# what the person who starts the stack may give instead of letting the stack provide it
MEASURING = "COVERAGE_PROCESS_CONFIG"
GIVEN = {
    "broker": "XINLV_AMQP_URL",
    "mongo": "XINLV_MONGO_URL",
    "s3": "XINLV_S3_URL",
    "mail": "XINLV_SMTP_URL",
}
PASSED_ON = (
    "XINLV_PROFILE", "XINLV_LOG_LEVEL", "XINLV_RETRY_DELAYS", "XINLV_RETRIES", "XINLV_WORKERS",
    "XINLV_RPC_TIMEOUT", "XINLV_SITE_URL", "XINLV_MAIL_FROM", "XINLV_CLAMD_URL", "XINLV_RESTORED_AT",
    "PATH", "HOME", "LANG", "TMPDIR", "TZ", MEASURING, "COVERAGE_FILE",
)  # fmt: skip


def given_parts() -> dict[str, str]:
    """The parts whose address stands in the environment: they are used as they are, not provided."""
    return {part: os.environ[variable] for part, variable in GIVEN.items() if os.environ.get(variable)}


def describe(state: State, secrets: dict[str, Any], service: str | None) -> dict[str, str]:
    """The environment of one service, or (None) of an operator's client, who may everything.

    Holds passwords: hand it to a process or a test, never print it.
    """
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment.setdefault("XINLV_PROFILE", "local")
    environment |= state.document.get("variables", {})
    environment["XINLV_S3_REGION"] = os.environ.get("XINLV_S3_REGION", REGION)
    environment["XINLV_KEYRING_FILE"] = str(state.home / "keys" / "keyring.json")
    environment |= _broker(state, secrets, service)
    environment |= _mongo(state, secrets, service)
    environment |= _storage(state, secrets, service)
    given = state.document.get("given", {})
    environment["XINLV_SMTP_URL"] = given.get("mail") or f"smtp://127.0.0.1:{_port(state, 'smtp')}"
    if state.document.get("font_dir"):
        environment["XINLV_FONT_DIR"] = state.document["font_dir"]
    if service in (None, "registration"):
        environment["XINLV_BOOTSTRAP_SECRET"] = secrets["bootstrap"]
    if service:
        environment["XINLV_SERVICE"] = service
        environment["XINLV_SIGNING_KEY_FILE"] = str(state.home / "keys" / f"{service}.pem")
        environment["XINLV_HTTP_HOST"] = "127.0.0.1"
        environment["XINLV_HTTP_PORT"] = str(_port(state, f"http_{service}"))
        if MEASURING in environment:
            environment[MEASURING] = follow_greenlets(environment[MEASURING])
    return environment


def endpoints(state: State) -> dict[str, str]:
    """Every address of the stack, without passwords."""
    given = {part: _without_password(url) for part, url in state.document.get("given", {}).items()}
    local = {
        "broker": f"amqp://127.0.0.1:{_port(state, 'amqp')}/xinlv",
        "partners": f"amqp://127.0.0.1:{_port(state, 'amqp')}/partners",
        "broker_management": f"http://127.0.0.1:{_port(state, 'management')}",
        "mongo": f"mongodb://127.0.0.1:{_port(state, 'mongo')}/?replicaSet={REPLICA_SET}",
        "s3": f"http://127.0.0.1:{_port(state, 's3')}",
        "mail": f"smtp://127.0.0.1:{_port(state, 'smtp')}",
    }
    if "broker" in given:
        local = {
            name: address for name, address in local.items() if name not in ("partners", "broker_management")
        }
    services = {
        name: f"http://127.0.0.1:{port}"
        for name, port in state.document.get("ports", {}).items()
        if name.startswith("http_")
    }
    return {**local, **given, **services}


def _broker(state: State, secrets: dict[str, Any], service: str | None) -> dict[str, str]:
    given = state.document.get("given", {})
    if "broker" in given:
        names = ("XINLV_PARTNERS_AMQP_URL", "XINLV_BROKER_MANAGEMENT_URL", "XINLV_BROKER_MANAGEMENT_USER",
                 "XINLV_BROKER_MANAGEMENT_PASSWORD")  # fmt: skip
        told = {name: os.environ[name] for name in names if service is None and name in os.environ}
        return {"XINLV_AMQP_URL": given["broker"], **told}
    port = _port(state, "amqp")
    if service:
        password = secrets["services"][service]["password"]
        return {"XINLV_AMQP_URL": f"amqp://{service}:{password}@127.0.0.1:{port}/xinlv"}
    clients, operator = secrets["clients"], secrets["operator"]
    return {
        "XINLV_AMQP_URL": f"amqp://desk:{clients['desk']['password']}@127.0.0.1:{port}/xinlv",
        "XINLV_PARTNERS_AMQP_URL": f"amqp://partner:{clients['partner']['password']}@127.0.0.1:{port}/partners",
        "XINLV_BROKER_MANAGEMENT_URL": f"http://127.0.0.1:{_port(state, 'management')}",
        "XINLV_BROKER_MANAGEMENT_USER": operator["broker_user"],
        "XINLV_BROKER_MANAGEMENT_PASSWORD": operator["broker_password"],
    }


def _mongo(state: State, secrets: dict[str, Any], service: str | None) -> dict[str, str]:
    given = state.document.get("given", {})
    database = {"XINLV_MONGO_DATABASE": f"xinlv_{service}"} if service else {}
    if "mongo" in given:
        return {"XINLV_MONGO_URL": given["mongo"], **database}
    operator = secrets["operator"]
    user, password = operator["mongo_user"], operator["mongo_password"]
    if service:
        user, password = service, secrets["services"][service]["password"]
    address = f"127.0.0.1:{_port(state, 'mongo')}/?replicaSet={REPLICA_SET}&authSource=admin"
    return {"XINLV_MONGO_URL": f"mongodb://{quote(user)}:{quote(password)}@{address}", **database}


def _storage(state: State, secrets: dict[str, Any], service: str | None) -> dict[str, str]:
    given = state.document.get("given", {})
    if "s3" in given:
        names = ("XINLV_S3_ACCESS_KEY", "XINLV_S3_SECRET_KEY", "XINLV_S3_PUBLIC_URL")
        told = {name: os.environ[name] for name in names if name in os.environ}
        return {"XINLV_S3_URL": given["s3"], **told}
    url = f"http://127.0.0.1:{_port(state, 's3')}"
    keys = secrets["services"][service] if service else secrets["operator"]
    return {
        "XINLV_S3_URL": url,
        "XINLV_S3_PUBLIC_URL": url,
        "XINLV_S3_ACCESS_KEY": keys["s3_access_key"],
        "XINLV_S3_SECRET_KEY": keys["s3_secret_key"],
    }


def _port(state: State, name: str) -> int:
    return int(state.document.get("ports", {}).get(name, 0))


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def write_for_shell(state: State, secrets: dict[str, Any]) -> str:
    """The operator's variables as JSON, for the private file `<home>/operator.json`."""
    own = {name: value for name, value in describe(state, secrets, None).items() if name.startswith("XINLV_")}
    return json.dumps(own, indent=2)
