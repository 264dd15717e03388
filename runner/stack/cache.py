"""Programs the stack needs and this machine lacks: fetched or built once, kept in the user's cache folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runner.stack.processes import StackError, log_error

Progress = Callable[[str, str], None]
HEARTBEAT = 5.0
_running: set[subprocess.Popen[bytes]] = set()


def cache_folder() -> Path:
    """$XDG_CACHE_HOME/xinlv, else ~/.cache/xinlv, else a private temporary folder of this user."""
    told, home = os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME")
    folders = [Path(told) / "xinlv"] if told else [Path(home) / ".cache" / "xinlv"] if home else []
    for folder in [*folders, Path(tempfile.gettempdir()) / f"xinlv-cache-{os.getuid()}"]:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and folder.stat().st_uid == os.getuid():
            return folder
    raise StackError("no folder to keep programs in: set XDG_CACHE_HOME to one that can be written")


def provide_once(name: str, build: Callable[[Path], None]) -> Path:
    """The cached folder of that name; made by `build(draft)` at the first call, under a lock, or not."""
    cache = cache_folder()
    folder = cache / name
    if folder.exists():
        return folder
    with (cache / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not folder.exists():
            draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
            try:
                build(draft)
                draft.rename(folder)
            finally:
                remove_folder(draft)
    return folder


def run_step(
    part: str,
    what: str,
    command: Sequence[str],
    progress: Progress,
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    missing: str,
) -> None:
    """Run one slow step, telling every few seconds how long it has run.

    Raises StackError with the sentence `missing`, naming the log of its output, when the command fails.
    """
    began = time.monotonic()
    progress(part, what)
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT):
            progress(part, f"{what} · {time.monotonic() - began:.0f} s")

    teller = threading.Thread(target=beat, daemon=True)
    teller.start()
    try:
        with log.open("ab") as output:
            step = subprocess.Popen(  # noqa: S603 - the commands are our own
                list(command),
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _running.add(step)
        code = step.wait()
        _running.discard(step)
    except OSError as error:
        raise StackError(f"{part}: {missing} ({error})") from None
    finally:
        done.set()
        teller.join()
    if code:
        raise log_error(f"{part}: {missing}", _keep(part, log))


def _keep(part: str, log: Path) -> Path:
    """Copy the log of what failed to where it stays: it may lie in a draft that is removed now."""
    kept = cache_folder() / f"{part}.log"
    try:
        shutil.copyfile(log, kept)
    except OSError:
        return log
    return kept


def cancel_steps() -> None:
    """End the slow steps that run now, with all they started; each fails as if it had ended by itself."""
    for step in list(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(step.pid, signal.SIGKILL)


def download_wheel(part: str, pin: str, digest: str, into: Path, progress: Progress) -> Path:
    """Download one pinned wheel with pip as it is set up here; refused unless its SHA-256 is this one."""
    pins = into / "pins.txt"
    pins.write_text(f"{pin} --hash=sha256:{digest}\n", encoding="utf-8")
    run_step(
        part,
        f"下载 downloading {pin}",
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--require-hashes", "--only-binary", ":all:", "--dest", str(into), "-r", str(pins)],
        progress,
        log=into / "download.log",
        missing=f"pip cannot download {pin} for this machine",
    )  # fmt: skip
    return next(into.glob("*.whl"))


def remove_folder(folder: Path) -> None:
    """Remove a folder with all in it, read-only folders (Go's module cache) too."""

    def force(function: Callable[..., object], path: str, _error: object) -> None:
        Path(path).parent.chmod(0o700)
        Path(path).chmod(0o700)
        function(path)

    if folder.exists():
        shutil.rmtree(folder, onerror=force)
