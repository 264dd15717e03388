"""Accounts, buckets and topology: what services need on the parts before they start; may be run again."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbing.settings import SERVICES
from runner.provision_storage import provision_storage

if TYPE_CHECKING:
    from plumbing.bus.topology import Topology
    from runner.stack import Stack

OPERATORS_SETTINGS = (
    "mongo_url",
    "s3_url",
    "s3_access_key",
    "s3_secret_key",
    "s3_region",
    "broker_management_url",
    "broker_management_user",
    "broker_management_password",
)


def provision(stack: Stack, *, dry_run: bool = False) -> list[str]:
    """Bring accounts, buckets and topology of a stack into the declared state; return a line per difference.

    Parts given by address are left alone, except the broker where its management address is given too.
    """
    given = stack.state.document.get("given", {})
    operator = stack.environment()
    differences: list[str] = []
    if "mongo" not in given:
        passwords = {name: stack.secrets["services"][name]["password"] for name in SERVICES}
        differences += provision_mongo(operator["XINLV_MONGO_URL"], passwords, dry_run=dry_run)
    if "s3" not in given:
        differences += provision_storage(operator, stack.secrets["services"], dry_run=dry_run)
    if operator.get("XINLV_BROKER_MANAGEMENT_URL"):
        differences += provision_broker(operator, stack.secrets, dry_run=dry_run)
    return differences


def provision_mongo(url: str, passwords: Mapping[str, str], *, dry_run: bool = False) -> list[str]:
    """One user a service, with rights on its own database and to read the clock that registration sets.

    StackError when the server refuses or does not answer.
    """
    from pymongo.errors import PyMongoError

    from runner.stack import StackError

    try:
        return _declare_users(url, passwords, dry_run)
    except PyMongoError as error:
        raise StackError(f"mongo: {' '.join(str(error).split())[:300]}") from None


def _declare_users(url: str, passwords: Mapping[str, str], dry_run: bool) -> list[str]:
    from pymongo import MongoClient

    differences = []
    with MongoClient[dict[str, Any]](url, timeoutMS=20_000) as client:
        known = {user["user"]: user for user in client.admin.command("usersInfo")["users"]}
        for service in SERVICES:
            roles = [
                {"role": "readWrite", "db": f"xinlv_{service}"},
                {"role": "readWrite" if service == "registration" else "read", "db": "xinlv_clock"},
            ]
            kept = known.get(service)
            if (
                kept
                and _in_order(kept["roles"]) == _in_order(roles)
                and _signs_in(url, service, passwords[service])
            ):
                continue
            differences.append(f"mongo user {service}: {'changed' if kept else 'missing'}")
            if not dry_run:
                command = "updateUser" if kept else "createUser"
                client.admin.command(command, service, pwd=passwords[service], roles=roles)
    return differences


def _in_order(roles: list[dict[str, str]]) -> list[tuple[str, str]]:
    return sorted((role["db"], role["role"]) for role in roles)


def _signs_in(url: str, user: str, password: str) -> bool:
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure

    try:
        with MongoClient[dict[str, Any]](url, username=user, password=password, timeoutMS=20_000) as client:
            client.admin.command("ping")
            return True
    except OperationFailure:
        return False


def declared_topology(delays: Sequence[float], operator: str, clients: Iterable[str] = ()) -> Topology:
    """The broker's topology for the services as they are; delays in seconds, operator is who applies it.

    Clients that are not the platform's own are partners, each a user on their host.
    """
    from plumbing.bus.topology import CLIENTS, PARTNER, describe, wanted_by

    services = [importlib.import_module(f"services.{name}.service").SERVICE for name in SERVICES]
    partners = tuple(dict.fromkeys((PARTNER, *(name for name in clients if name not in CLIENTS))))
    return describe(wanted_by(services), delays=delays, partners=partners, operators=(operator,))


def provision_broker(
    operator: Mapping[str, str], secrets: Mapping[str, Any], *, dry_run: bool = False
) -> list[str]:
    """Virtual hosts, users, exchanges, queues, bindings as the bus declares them; StackError on refusal."""
    from plumbing.bus.declare import apply
    from plumbing.bus.management import Management, ManagementError
    from plumbing.settings import Settings
    from runner.stack import StackError

    settings = Settings.from_environment(None, operator)
    passwords = {name: own["password"] for name, own in {**secrets["clients"], **secrets["services"]}.items()}
    try:
        management = Management(
            settings.broker_management_url,
            settings.broker_management_user,
            settings.broker_management_password,
        )
        operators_user = settings.broker_management_user
        topology = declared_topology(settings.retry_delays, operators_user, secrets["clients"])
        return [str(difference) for difference in apply(topology, management, passwords, dry_run=dry_run)]
    except ManagementError as error:
        raise StackError(f"rabbitmq: {error}") from None


def provision_given(*, dry_run: bool = False) -> list[str]:
    """The same for parts given by an operator's XINLV_* variables and the passwords in a credentials file.

    XINLV_CREDENTIALS_FILE, else CREDENTIALS in XINLV_SECRETS_FOLDER, has the form of a stack's secrets.json.
    Raises StackError with one line when something is missing.
    """
    from plumbing.settings import Settings
    from runner.stack import StackError

    settings = Settings.from_environment(None)
    folder = os.environ.get("XINLV_SECRETS_FOLDER", "")
    file = os.environ.get("XINLV_CREDENTIALS_FILE") or (f"{folder}/CREDENTIALS" if folder else "")
    operator = {f"XINLV_{name.upper()}": getattr(settings, name) for name in OPERATORS_SETTINGS}
    delays = {"XINLV_RETRY_DELAYS": ",".join(map(str, settings.retry_delays))}
    missing = [name for name, value in {**operator, "XINLV_CREDENTIALS_FILE": file}.items() if not value]
    if missing:
        raise StackError(
            f"no stack runs here, and {', '.join(missing)} is not set: start a stack or name the parts"
        )
    secrets = _read_credentials(file)
    passwords = {name: secrets["services"][name]["password"] for name in SERVICES}
    return [
        *provision_mongo(operator["XINLV_MONGO_URL"], passwords, dry_run=dry_run),
        *provision_storage(operator, secrets["services"], dry_run=dry_run),
        *provision_broker(operator | delays, secrets, dry_run=dry_run),
    ]


def _read_credentials(file: str) -> dict[str, Any]:
    from runner.stack import StackError
    from runner.stack.secrets import CLIENTS

    try:
        secrets = json.loads(Path(file).read_text(encoding="utf-8"))
        for name in CLIENTS:
            secrets["clients"][name]["password"]
        for name in SERVICES:
            for word in ("password", "s3_access_key", "s3_secret_key"):
                secrets["services"][name][word]
    except (OSError, ValueError) as error:
        raise StackError(f"XINLV_CREDENTIALS_FILE: cannot read {file}: {error}") from None
    except (KeyError, TypeError) as error:
        raise StackError(
            f"XINLV_CREDENTIALS_FILE: {file} has not the form of a secrets.json: {error}"
        ) from None
    return dict(secrets)
