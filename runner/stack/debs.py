"""Debian packages unpacked into a folder of ours: no root, nothing installed, no system service started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from runner.stack.cache import Progress, run_step
from runner.stack.processes import StackError


def unpack(part: str, packages: Sequence[str], into: Path, progress: Progress) -> None:
    """Fetch packages with apt, with lists and archives of its own, and unpack them under the folder.

    Raises StackError where there is no apt or a package cannot be had.
    """
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise StackError(f"{part}: install it (no {tool} here to fetch Debian's), or give its address")
    private = into / ".apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "debs"):
        (private / folder).mkdir(parents=True)
    options = [
        "-qq",
        f"-oDir::State={private / 'state'}",
        "-oDir::State::status=/var/lib/dpkg/status",
        f"-oDir::Cache={private / 'cache'}",
        # apt drops to its own user for downloads, which may not enter a private folder
        "-oAPT::Sandbox::User=",
    ]
    log = into / "apt.log"
    missing = "cannot be fetched with apt; install it, or give its address"
    run_step(part, "读取软件源 reading Debian's package lists", ["apt-get", *options, "update"], progress,
             log=log, missing=missing)  # fmt: skip
    run_step(part, f"下载 downloading {packages[0]}", ["apt-get", *options, "download", *packages], progress,
             log=log, cwd=private / "debs", missing=missing)  # fmt: skip
    for archive in sorted((private / "debs").glob("*.deb")):
        run_step(part, "解压 unpacking", ["dpkg", "-x", str(archive), str(into)], lambda *_: None,
                 log=log, missing=f"cannot unpack {archive.name}")  # fmt: skip
    shutil.rmtree(private)


def missing_libraries(programs: Sequence[Path]) -> list[str]:
    """Shared libraries these programs need and this machine lacks."""
    found: set[str] = set()
    for program in programs:
        listing = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)  # noqa: S603, S607
        found |= {line.split()[0] for line in listing.stdout.splitlines() if "not found" in line}
    return sorted(found)
