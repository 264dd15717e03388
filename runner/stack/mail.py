"""The local mail server: takes every letter and lays it in a Maildir folder; sends nothing anywhere."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from runner.stack import processes
from runner.stack.state import ROOT, State

PART = "mail"


def start(state: State, follow: bool) -> None:
    """Start it on 127.0.0.1; its letters lie in `<home>/letters`."""
    command = [sys.executable, "-m", "runner.stack.mail", str(state.port("smtp")), str(folder(state))]
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
    }
    state.remember(processes.spawn(PART, command, environment, state.log(PART), dies_with_parent=follow))


def wait(state: State) -> None:
    """Wait until it takes connections."""
    port = state.document["ports"]["smtp"]
    processes.wait_ready(state.children()[PART], lambda: processes.accepts(port), 30, state.log(PART))


def folder(state: State) -> Path:
    """Where the letters of a stack lie, in Maildir form."""
    return state.home / "letters"


def serve(port: int, letters: Path, host: str = "127.0.0.1") -> None:
    """Take letters on a port until SIGTERM."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Mailbox

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    controller = Controller(Mailbox(letters), hostname=host, port=port, data_size_limit=25 * 2**20)
    controller.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


def main() -> None:
    """Run as `python -m runner.stack.mail PORT FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("letters", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    given = parser.parse_args()
    serve(given.port, given.letters, given.host)


if __name__ == "__main__":
    main()
