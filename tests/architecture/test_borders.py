"""The house keeps to its plan: who may import whom, and how long a file may be."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from contracts.words import SERVICES
from plumbing.service import Findings
from plumbing.store.integrity import CHECKS

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "plumbing", "services", "runner", "desk", "demo", "portal")
LONGEST = 300


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_rooms_import_only_what_they_may() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("services/review/domain/lazy.py", "import pymongo", "plain Python"),
        ("services/review/domain/hasty.py", "import random", "as arguments"),
        ("services/review/commands/chatty.py", "import plumbing.bus.client", "the broker's rim"),
        ("services/review/commands/nosy.py", "import services.awards.repository", "never import one another"),
        ("services/awards/queries/quick.py", "from pymongo import MongoClient", "database driver"),
        ("contracts/hungry.py", "import plumbing.settings", "above one another"),
        ("desk/shortcut.py", "import services.review.repository", "by their contracts only"),
        ("plumbing/store/loud.py", "import kombu", "knows no broker"),
    ],
)
def test_a_breach_is_noticed(tmp_path: Path, file: str, line: str, broken: str) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    (tmp_path / file).write_text(f"{line}\n", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert any(broken in line and line.endswith("BROKEN") for line in done.stdout.splitlines()), done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_every_check_says_how_many_things_it_looked_at(service: str) -> None:
    declared = importlib.import_module(f"services.{service}.service").SERVICE
    for check in (*declared.invariants, *CHECKS):
        assert get_type_hints(check)["return"] is Findings, check.__name__


def test_files_fit_on_two_screens() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}
