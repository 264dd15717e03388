"""What a stack keeps about itself: one private folder with its ports, processes, secrets, data and logs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.stack.processes import Child, StackError, choose_port

ROOT = Path(__file__).resolve().parents[2]


def default_home(name: str = "main") -> Path:
    """Where a stack of this name lives unless told otherwise: beside the code, never in a shared place."""
    return Path(os.environ.get("XINLV_HOME") or ROOT / ".xinlv") / name


class State:
    """The files of one stack; every change is written at once, so that `down` finds what a crash left."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "state.json"
        self.document: dict[str, Any] = {}

    def open(self) -> None:
        """Make the folder (mode 0700) and read what is kept there."""
        for folder in (self.home, self.home / "logs", self.home / "data"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.chmod(0o700)
        self.read()

    def read(self) -> None:
        """Read the kept state; nothing kept is an empty state."""
        self.document = {}
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            self.document = json.loads(self.file.read_text(encoding="utf-8"))

    def write(self) -> None:
        """Keep the state, whole or not at all."""
        write_private(self.file, json.dumps(self.document, ensure_ascii=False, indent=2))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the stack alone; StackError when another command is starting or stopping it."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.home / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StackError(
                    f"另一命令正在启动或停止该环境 another command is starting or stopping it; try again: "
                    f"{self.home}"
                ) from None
            yield

    def port(self, name: str) -> int:
        """This stack's port for a purpose: the one it had before if it is still free, else a new one."""
        ports = self.document.setdefault("ports", {})
        ports[name] = choose_port(ports.get(name), avoid=ports.values())
        self.write()
        return int(ports[name])

    def remember(self, child: Child) -> Child:
        """Write a started process down under its name."""
        self.document.setdefault("processes", {})[child.name] = child.as_document()
        self.write()
        return child

    def forget(self, name: str) -> None:
        """Strike a stopped process off."""
        self.document.get("processes", {}).pop(name, None)
        self.write()

    def children(self) -> dict[str, Child]:
        """The processes written down, in the order they were started."""
        return {name: Child(**record) for name, record in self.document.get("processes", {}).items()}

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.home / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        """The data folder of a part, made if missing."""
        folder = self.home / "data" / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def write_private(file: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as output:
        output.write(text)
    draft.replace(file)
