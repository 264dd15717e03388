"""A real ClamAV daemon with signatures of our own: from PATH, or unpacked once from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plumbing.materials.checker import EICAR
from runner.stack.cache import provide_once
from runner.stack.debs import unpack

PACKAGES = ("clamav-daemon", "libclamav12", "libmspack0")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
MARKER = b"a mark that only the virus scanner of this test knows"
READY_WITHIN = 60.0


def find_clamd() -> tuple[str, str]:
    """Return the program and where its libraries are; StackError where there is neither it nor apt."""
    if found := shutil.which("clamd"):
        return found, ""
    folder = provide_once("clamd-debian", lambda draft: unpack("clamd", PACKAGES, draft, lambda *_: None))
    return str(folder / "usr/sbin/clamd"), str(folder / LIBRARIES)


@contextmanager
def running_clamd(folder: Path) -> Iterator[str]:
    """Yield the address of a daemon that knows EICAR and MARKER, and nothing else; stop it afterwards."""
    program, libraries = find_clamd()
    signatures = folder / "signatures"
    signatures.mkdir()
    lines = [f"Own-{name}:0:*:{mark.hex()}" for name, mark in (("EICAR", EICAR), ("Marker", MARKER))]
    (signatures / "own.ndb").write_text("\n".join(lines) + "\n")
    address = folder / "clamd.socket"
    settings = folder / "clamd.conf"
    settings.write_text(
        f"DatabaseDirectory {signatures}\nLocalSocket {address}\n"
        f"Foreground yes\nTemporaryDirectory {folder}\n"
    )
    with (folder / "clamd.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", str(settings)], env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until = time.monotonic() + READY_WITHIN
        while not address.exists():
            assert process.poll() is None and time.monotonic() < until, (folder / "clamd.log").read_text()
            time.sleep(0.05)
        yield f"unix://{address}"
    finally:
        process.terminate()
        process.wait(20)
