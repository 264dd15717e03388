"""Child processes of a stack: started, watched and stopped by process id, never by name."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
# The kernel sends the parent-death signal when the *thread* that forked ends, so one thread that lives
# as long as this process starts every child, whoever asks for it.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
_own: dict[int, subprocess.Popen[bytes]] = {}


class StackError(RuntimeError):
    """A part of the stack cannot be provided or started; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Child:
    """A started process, told from a later one with the same number by the moment it began (clock ticks)."""

    name: str
    pid: int
    began: int

    def as_document(self) -> dict[str, Any]:
        """The child as it is written to the stack's state file."""
        return asdict(self)


def spawn(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    cwd: Path | None = None,
    dies_with_parent: bool = False,
) -> Child:
    """Start a process in a session of its own, with its output appended to the log file.

    dies_with_parent: it gets SIGTERM when this process ends, however that happens.
    """

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def start() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - the commands are our own
                list(command),
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=prepare if dies_with_parent else None,
            )

    try:
        process = _spawner.submit(start).result()
    except OSError as error:
        raise StackError(f"{name}: cannot start {command[0]}: {error}") from None
    _own[process.pid] = process
    return Child(name, process.pid, _began(process.pid) or 0)


def is_alive(child: Child) -> bool:
    """Whether exactly this process still runs."""
    process = _own.get(child.pid)
    if process is not None:
        return process.poll() is None
    return _began(child.pid) == child.began


def stop(child: Child, grace: float = 15.0) -> None:
    """End a process: SIGTERM, after the grace time (seconds) SIGKILL, with what is left of its group."""
    if is_alive(child):
        send(child, signal.SIGTERM)
        wait_gone(child, grace)
    kill(child)


def stop_all(children: Sequence[Child], grace: float = 20.0) -> None:
    """End several processes at the same time."""
    for child in children:
        send(child, signal.SIGTERM)
    end = time.monotonic() + grace
    for child in children:
        wait_gone(child, max(0.0, end - time.monotonic()))
        kill(child)


def kill(child: Child) -> None:
    """End a process and its group at once, and wait until it is gone."""
    if is_alive(child):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        wait_gone(child, 10.0)
    elif child.pid in _own:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    _own.pop(child.pid, None)


def send(child: Child, number: signal.Signals) -> None:
    """Send a signal to exactly this process; nothing happens when it is gone."""
    if is_alive(child):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, number)


def wait_gone(child: Child, seconds: float) -> bool:
    """Wait until the process is gone; False when it still runs after that many seconds."""
    return wait_for(lambda: not is_alive(child), seconds)


def wait_for(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask again and again until the condition holds; False when it does not within that many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def wait_ready(child: Child, condition: Callable[[], bool], seconds: float, log: Path) -> None:
    """Wait until a process serves; StackError, naming its log, when it dies or takes too long."""
    if wait_for(lambda: not is_alive(child) or condition(), seconds) and is_alive(child):
        return
    what = "does not answer" if is_alive(child) else "ended while starting"
    raise log_error(f"{child.name} {what}", log)


def log_error(sentence: str, log: Path) -> StackError:
    """The error that says in one line what failed, the last that was said of it, and which log has the rest.

    A traceback, as tests show it, has more of the log.
    """
    said = [" ".join(line.split()) for line in tail(log).splitlines() if line.strip()]
    last = f": {said[-1][:200]}" if said else ""
    error = StackError(f"{sentence}{last} (more in {log})")
    error.add_note(tail(log))
    return error


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log file, empty when there is none."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return ""


def accepts(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def choose_port(wanted: int | None = None, avoid: Collection[int] = ()) -> int:
    """A free port of 127.0.0.1: the wanted one if it is free, else one below those the kernel hands out."""
    for port in [wanted] if wanted else []:
        if _is_free(port):
            return port
    while True:
        port = 20000 + secrets.randbelow(12000)
        if port not in avoid and _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def _began(pid: int) -> int | None:
    """When a process began, in ticks since boot; None when there is none or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
