"""Several services started by one command, each in a process of its own; they stop together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def serve_together(names: Sequence[str]) -> int:
    """Run services until SIGTERM or Ctrl-C, or until one of them ends; returns the worst exit code.

    XINLV_SECRETS_FOLDER holds a folder a service, as `topology secrets` writes them.
    """
    started = [
        subprocess.Popen(  # noqa: S603 - the commands are our own
            [sys.executable, "-m", "runner", "serve", name], env=environment_of(name), start_new_session=True
        )
        for name in names
    ]

    def pass_on(number: int, _frame: object) -> None:
        for process in started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    first = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    pass_on(signal.SIGTERM, first)
    return max(abs(process.wait()) for process in started)


def environment_of(name: str) -> dict[str, str]:
    """The variables of one of several services: its own folder of secrets, and a free port for its health."""
    environment = dict(os.environ, XINLV_HTTP_PORT="0")
    folder = Path(environment.get("XINLV_SECRETS_FOLDER", "")) / name
    if folder.is_dir():
        environment["XINLV_SECRETS_FOLDER"] = str(folder)
    return environment
