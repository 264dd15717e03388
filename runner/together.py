"""Several services started by one command, each in a process of its own; they stop together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence


def serve_together(names: Sequence[str]) -> int:
    """Run services until SIGTERM or Ctrl-C, or until one of them ends; returns the worst exit code."""
    commands = [[sys.executable, "-m", "runner", "serve", name] for name in names]
    started = [subprocess.Popen(command, start_new_session=True) for command in commands]  # noqa: S603

    def pass_on(number: int, _frame: object) -> None:
        for process in started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    first = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    pass_on(signal.SIGTERM, first)
    return max(abs(process.wait()) for process in started)
