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

SEED, SIZE = 11, (20, 40, 15)
PLAIN = ("--units", str(SIZE[0]), "--cases", str(SIZE[1]), "--experts", str(SIZE[2]))
HELD = re.compile(r"(\d+)/\1 项成立 checks held")
FOLDER = re.compile(r"certificates: (\S+)/certificates")
LEFT = re.compile(r"\./xinlv down --name (\S+) --remove")
TABLES = re.compile(r"参赛单位 units \(.*?(?=按规则被拒绝的操作)", re.DOTALL)
RESULTS = re.compile(
    r"\d+ cases received.*|\d+ cases, .*|.* cases go on;.*|\d+ finalists, .*|.*certificates issued.*"
)
NOT_OF_THE_SEED = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{16}|[0-9a-f]{8})(?![0-9A-Za-z])|(?<=-\d{4})-[0-9A-Z]{4}\b"
)
"""The root of a record, which seals identifiers and moments; a certificate's check, made with a secret."""


def begin(output: Path, *options: str, seed: int = SEED, measured: bool = False) -> subprocess.Popen[bytes]:
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
    said = end_kept(demo, output, within)
    assert_nothing_left(demo.pid)
    return said


def end_kept(demo: subprocess.Popen[bytes], output: Path, within: float = 400) -> str:
    """Wait for the end of one that may leave its stack, and return what it said; it must have gone well."""
    code = demo.wait(within)
    said = output.read_text("utf-8")
    assert code == 0, said[-6000:]
    assert HELD.search(said), said[-6000:]
    assert "Traceback" not in said
    assert "broker lost" not in said
    return said


def results_of(said: str) -> list[str]:
    """Return what came of a contest by its seed: its tables, its places and numbers, its certificates."""
    folder = Path(FOLDER.search(said)[1])  # type: ignore[index]
    certificates = sorted(path.name for path in (folder / "certificates").glob("*.pdf"))
    lines = [*RESULTS.findall(said), *TABLES.search(said)[0].splitlines(), *certificates]  # type: ignore[index]
    return [NOT_OF_THE_SEED.sub("", line) for line in lines]


def assert_nothing_left(pid: int) -> None:
    """No folder of this demo's stack, and no process that works in it."""
    assert not stacks_of(pid)
    assert not processes_of(f"demo-{pid}-")


def stacks_of(pid: int) -> list[Path]:
    """Return the folders of this demo's stack."""
    return list((ROOT / ".xinlv").glob(f"demo-{pid}-*"))


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
