"""What the tests of plumbing.offload have done in a child process."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from typing import Any

from contracts.errors import InvalidInput


def double(payload: Any) -> Any:
    print("this goes to stderr")
    return {"value": payload["value"] * 2, "word": payload["word"], "at": datetime(2026, 1, 1, tzinfo=UTC)}


def environment(payload: Any) -> Any:
    return sorted(name for name in os.environ if name.startswith("XINLV_"))


def refuse(payload: Any) -> Any:
    raise InvalidInput.of("file", "broken", "文件已损坏", "The file is broken.")


def fail(payload: Any) -> Any:
    raise ZeroDivisionError("a fault\nof ours")


def eat(payload: Any) -> Any:
    return len(b"x" * payload)


def rest(payload: Any) -> Any:
    time.sleep(60)


def die(payload: Any) -> Any:
    os.kill(os.getpid(), signal.SIGSEGV)


def spin(payload: Any) -> Any:
    while True:
        pass
