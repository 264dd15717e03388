"""The demo as a user runs it: `./xinlv demo` in a shell without a terminal; and what it may leave behind."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from runner.stack.environment import MEASURING
from runner.stack.state import ROOT
from tests.support.shell import hear_ctrl_c

PLAIN = ("--units", "20", "--cases", "40", "--experts", "15")
HELD = re.compile(r"(\d+)/\1 项成立 checks held")
FOLDER = re.compile(r"certificates: (\S+)/certificates")


def begin(output: Path, *options: str, seed: int = 11, measured: bool = False) -> subprocess.Popen[bytes]:
    """Start the smallest demo, in a process group of its own as a shell does, its output in a file.

    ``measured`` has its processes count the lines that are reached, which costs as much again as playing.
    """
    environment = {**os.environ, "COLUMNS": "150", "PYTHONUNBUFFERED": "1"}
    if not measured:
        environment.pop(MEASURING, None)
    with output.open("wb") as file:
        return subprocess.Popen(
            [str(ROOT / "xinlv"), "demo", *PLAIN, "--seed", str(seed), *options],
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, env=environment,
            start_new_session=True, cwd=ROOT, preexec_fn=hear_ctrl_c,
        )  # fmt: skip


def end(demo: subprocess.Popen[bytes], output: Path, within: float = 400) -> str:
    """Wait for its end and return what it said; it must have gone well and left nothing."""
    code = demo.wait(within)
    said = output.read_text("utf-8")
    assert code == 0, said[-6000:]
    assert HELD.search(said), said[-6000:]
    assert "Traceback" not in said
    assert "broker lost" not in said
    assert_nothing_left(demo.pid)
    return said


def assert_nothing_left(pid: int) -> None:
    """No folder of this demo's stack, and no process that works in it."""
    name = f"demo-{pid}-"
    assert not list((ROOT / ".xinlv").glob(f"{name}*"))
    assert not processes_of(name)


def processes_of(name: str) -> list[str]:
    """Return the command lines of the processes that name the stack in arguments or environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if f"/{name}".encode() in told:
            found.append((folder / "cmdline").read_bytes().decode(errors="replace"))
    return found


def await_line(demo: subprocess.Popen[bytes], output: Path, word: str, within: float = 200) -> None:
    """Wait until the demo has said a word."""
    until = time.monotonic() + within
    while word not in output.read_text("utf-8"):
        assert demo.poll() is None and time.monotonic() < until, output.read_text("utf-8")[-3000:]
        time.sleep(0.1)
