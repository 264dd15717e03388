"""The parent's side: starts a child for each piece of work, feeds it, waits no longer than allowed."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contracts.errors import refusal_from_problem
from plumbing.store.plain import to_text

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
# numeric libraries would start a thread a core, each with its own address space
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1",
}  # fmt: skip
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG",
             "COVERAGE_FILE")  # fmt: skip


class OffloadFailed(RuntimeError):
    """The function raised; the message is the error's last line."""


class OffloadTimeout(OffloadFailed):
    """It took longer than allowed."""


class OffloadKilled(OffloadFailed):
    """The child died: out of memory or processor time, or by a signal."""


class Offload:
    """Runs functions beside the service's main loop."""

    def call(self, function: str, payload: Any, timeout: float = 60, memory_mb: int = 1024) -> Any:
        """Return what ``module:function`` returns for ``payload``, both JSON, run in its own child process.

        The child has none of our settings or secrets in its environment, ``memory_mb`` of address space and
        ``timeout`` seconds. Raises the refusal the function raised, else OffloadTimeout, OffloadKilled or
        OffloadFailed.
        """
        child = _popen()(
            [sys.executable, "-m", "plumbing.offload.child", function, str(memory_mb), str(int(timeout) + 1)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=ROOT, env=_environment(),
        )  # fmt: skip
        try:
            out, err = child.communicate(to_text(payload).encode(), timeout=timeout)
        except Exception as error:
            # by name: eventlet's copies of the module carry error classes of their own
            if type(error).__name__ == "TimeoutExpired":
                raise OffloadTimeout(f"{function} took longer than {timeout} s") from None
            raise
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()
        return _answer(function, child.returncode, out, err)

    def thread(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what the function returns, run in a native thread where the main loop is eventlet's."""
        if _eventlet_patched():
            from eventlet import tpool

            return tpool.execute(function, *args)
        return function(*args)


def _eventlet_patched() -> bool:
    """Whether this process runs on eventlet; asked without importing it."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and bool(patcher.is_monkey_patched("socket"))


def _popen() -> Any:
    if _eventlet_patched():
        from eventlet.green import subprocess as green

        return green.Popen
    return subprocess.Popen


def _environment() -> dict[str, str]:
    return (
        {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        | ONE_THREAD
        | {"PYTHONPATH": str(ROOT)}
    )


def _answer(function: str, code: int, out: bytes, err: bytes) -> Any:
    last = err.decode(errors="replace").strip().rpartition("\n")[2][:300]
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        log.error("%s ended with %s: %s", function, code, err.decode(errors="replace")[-2000:])
        raise OffloadKilled(f"{function} ended with {code}: {last}")
    if "refusal" in answer:
        raise refusal_from_problem(answer["refusal"])
    if "error" in answer:
        log.error("%s failed: %s", function, answer.get("trace", answer["error"]))
        if answer.get("memory"):
            raise OffloadKilled(f"{function} needed more memory than allowed")
        raise OffloadFailed(f"{function}: {answer['error']}")
    return answer["result"]
