"""The child's side: ``python -m plumbing.offload.child module:function memory_mb cpu_seconds``."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from typing import Any

PR_SET_PDEATHSIG = 1


def limit(memory_mb: int, cpu_seconds: int) -> None:
    """Bind this process: address space, processor time, no core file, and an end when the parent ends."""
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(function: str, payload: Any) -> dict[str, Any]:
    """Return {"result"}, {"refusal"} or {"error"} of a function named ``module:function``."""
    from contracts.errors import Refusal
    from plumbing.store.plain import to_plain

    try:
        module, _, name = function.partition(":")
        return {"result": to_plain(getattr(importlib.import_module(module), name)(payload))}
    except Refusal as refusal:
        return {"refusal": refusal.to_problem()}
    except MemoryError:
        return {"error": "out of memory", "memory": True}
    except Exception as error:
        said = f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
        return {"error": said, "trace": traceback.format_exc()[-4000:]}


def main(arguments: list[str]) -> None:
    """Read the payload, run the function, write the answer; what the function prints goes to stderr."""
    function, memory_mb, cpu_seconds = arguments
    limit(int(memory_mb), int(cpu_seconds))
    answers = os.dup(1)
    os.dup2(2, 1)
    payload = json.load(sys.stdin.buffer)
    answer = json.dumps(run(function, payload), ensure_ascii=False).encode()
    with contextlib.suppress(BrokenPipeError), os.fdopen(answers, "wb") as output:
        output.write(answer)


if __name__ == "__main__":
    main(sys.argv[1:])
