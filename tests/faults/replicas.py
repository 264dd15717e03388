"""Private replica sets of one or three mongod, to be stepped down, killed and run out of disk."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from runner.stack import mongod, processes
from tests.support.waiting import until

NAME = "faults"


class Replicas:
    """A replica set without passwords, on 127.0.0.1 only; it ends with this process."""

    def __init__(self, folder: Path, members: int) -> None:
        self._folder = folder
        self._ports: list[int] = []
        self._children: dict[int, processes.Child] = {}
        for _ in range(members):
            self._ports.append(processes.choose_port(avoid=self._ports))
        places = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        self.url = f"mongodb://{places}/?replicaSet={NAME}"

    def __enter__(self) -> Replicas:
        for port in self._ports:
            self._launch(port)
        members = [{"_id": place, "host": f"127.0.0.1:{port}"} for place, port in enumerate(self._ports)]
        with MongoClient[Any]("127.0.0.1", self._ports[0], directConnection=True) as first:
            # the default of ten seconds without a primary is only patience
            settings = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500}
            first.admin.command("replSetInitiate", {"_id": NAME, "members": members, "settings": settings})
        self.client: MongoClient[Any] = MongoClient(self.url, tz_aware=True, serverSelectionTimeoutMS=30_000)
        until(lambda: self.primary(), 40, "no primary was elected")
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        for child in self._children.values():
            processes.kill(child)

    def _launch(self, port: int) -> None:
        data = self._folder / str(port)
        data.mkdir(parents=True, exist_ok=True)
        command = [
            mongod.provide(lambda *_: None), "--dbpath", str(data), "--port", str(port), "--bind_ip",
            "127.0.0.1", "--nounixsocket", "--replSet", NAME, "--wiredTigerCacheSizeGB", "0.25",
            "--oplogSize", "64", "--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false",
        ]  # fmt: skip
        told = {"PATH": "/usr/bin:/bin", "HOME": str(data), "LANG": "C.UTF-8"}
        log = self._folder.parent / f"mongod-{port}.log"
        self._children[port] = processes.spawn("mongod", command, told, log, dies_with_parent=True)
        processes.wait_ready(self._children[port], lambda: processes.accepts(port), 60, log)

    def primary(self) -> int:
        """Return the port of the primary, 0 where there is none now."""
        for port in self._ports:
            with (
                contextlib.suppress(PyMongoError),
                MongoClient[Any](
                    "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500
                ) as one,
            ):
                if one.admin.command("hello")["isWritablePrimary"]:
                    return port
        return 0

    def step_down(self) -> int:
        """Have the primary step down and return its port."""
        port = self.primary()
        with MongoClient[Any]("127.0.0.1", port, directConnection=True) as one:
            one.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5)
        return port

    def kill_primary(self) -> int:
        """Kill the primary and return its port."""
        port = int(until(lambda: self.primary(), 40, "there is no primary to kill"))
        processes.kill(self._children[port])
        return port

    def revive(self) -> None:
        """Start again what died."""
        for port, child in list(self._children.items()):
            if not processes.is_alive(child):
                self._launch(port)
        until(lambda: self.primary(), 60, "no primary came back")


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Give a file system of that size; skips the test, saying why, where this machine gives none."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "xinlv-faults", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", b"") or b"").decode().strip() or str(error)
        pytest.skip(f"a small disk needs the right to mount a tmpfs: {said}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
