"""MinIO as a private child: the one on this machine, else built once from its published source."""

from __future__ import annotations

import contextlib
import http.client
import shutil
from typing import Any

from runner.stack import golang, processes
from runner.stack.cache import Progress, provide_once
from runner.stack.state import State

PART = "minio"
REGION = "us-east-1"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"


def provide(progress: Progress) -> str:
    """The path of a minio program."""
    found = shutil.which("minio")
    if found:
        return found
    folder = provide_once(
        f"minio-{VERSION.rpartition('-')[2]}",
        lambda draft: golang.build(
            PART,
            "编译 building MinIO from source, once (about 3–5 minutes on two cores)",
            f"github.com/minio/minio@{VERSION}",
            draft,
            progress,
            otherwise="put minio on PATH or set XINLV_S3_URL",
        ),
    )
    return str(folder / "minio")


def start(state: State, program: str, secrets: dict[str, Any], follow: bool) -> None:
    """Start it on one folder, on 127.0.0.1 only, without its browser."""
    operator = secrets["operator"]
    address = f"127.0.0.1:{state.port('s3')}"
    folder = state.data(PART)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder.parent),
        "MINIO_ROOT_USER": operator["s3_access_key"],
        "MINIO_ROOT_PASSWORD": operator["s3_secret_key"],
        "MINIO_REGION": REGION,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
        "GOMAXPROCS": "2",
    }
    command = [program, "server", str(folder), "--address", address, "--quiet"]
    state.remember(processes.spawn(PART, command, environment, state.log(PART), dies_with_parent=follow))


def wait(state: State) -> None:
    """Wait until it says that it is ready."""
    port = state.document["ports"]["s3"]
    processes.wait_ready(state.children()[PART], lambda: _is_ready(port), 60, state.log(PART))


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/minio/health/ready")
        return connection.getresponse().status == 200
    return False
