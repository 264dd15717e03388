"""The launcher as a module, at work in a folder of a test's own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
KINDS = {word: word for word in ("venv", "install", "download", "update")} | {"--version": "pip?"}


class Ran:
    """What the launcher ran instead of running it; ``works`` decides what succeeds: nothing, at first."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.options: list[dict[str, Any]] = []
        self.works: Callable[[list[str], dict[str, Any]], bool] = lambda command, options: False

    def __call__(self, command: list[str], **options: Any) -> bool:
        self.commands.append([Path(command[0]).name, *command[1:]])
        self.options.append(options)
        return self.works(self.commands[-1], options)

    @property
    def steps(self) -> list[str]:
        """The commands by what matters of them."""
        return [
            next((kind for word, kind in KINDS.items() if word in command), command[0])
            for command in self.commands
        ]


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The launcher, on a Debian where nobody is root and every program is there."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("xinlv_launcher", str(ROOT / "xinlv"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module: Any = module_from_spec(spec)
    loader.exec_module(module)
    module.ROOT, module.VENV = str(tmp_path), str(tmp_path / ".venv")
    module.LOCK, module.STAMP = str(tmp_path / "requirements.lock"), str(tmp_path / ".venv" / ".lock-hash")
    module.PYTHON = str(tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "say", lambda _: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    (tmp_path / "requirements.lock").write_text("one==1\n")
    return module


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, launcher: Any) -> Ran:
    """Have the launcher run nothing."""
    told = Ran()
    monkeypatch.setattr(launcher, "runs", told)
    return told
