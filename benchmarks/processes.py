"""Processes of a benchmark: started, waited for, weighed by their processor time."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class CpuMeter:
    """What processor time each process spends: tells more than the clock where others use the machine."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = self._read()

    def each(self, items: int) -> dict[str, float]:
        """Return milliseconds of processor time an item since the start, by process and in all."""
        spent = {name: after - self._before[name] for name, after in self._read().items()}
        found = {name: round(1000 * seconds / max(1, items), 2) for name, seconds in spent.items()}
        return {**found, "all": round(sum(found.values()), 2)}

    def _read(self) -> dict[str, float]:
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = {"clients": own.ru_utime + own.ru_stime}
        for name, pid in self._pids.items():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return found


def run_to_end(module: str, *arguments: str) -> Any:
    """Run a module to its end and return the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment_of({}),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


@contextlib.contextmanager
def child_of(module: str, word: str, told: dict[str, str], *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module beside; it is stopped on leaving."""
    child = subprocess.Popen(
        [sys.executable, "-m", module, word, *more],
        cwd=ROOT,
        env=environment_of(told),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert child.stdout is not None
        child.stdout.close()


def environment_of(told: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with more in it."""
    return {**os.environ, **told, "PYTHONPATH": str(ROOT)}


def is_ready(port: str) -> bool:
    """Whether the service on this port of 127.0.0.1 is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; TimeoutError when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the benchmark waited in vain")
        time.sleep(0.02)
