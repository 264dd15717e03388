"""The launcher says in one clear line what a machine lacks, and makes its environment once."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

NOTHING_HELPS = (
    "cannot make a Python environment: install python3-venv (Debian: apt-get install python3-venv)"
)
OLD = "xinlv: needs Python 3.11, 3.12 or 3.13; this is 3.10. Install python3.11 (Debian 12 has it)."


def run_under(launcher, monkeypatch, version, there):
    """Begin under a Python of this version, on a machine with those; return the one it went on under."""
    went = []
    told = SimpleNamespace(version_info=version, argv=["xinlv", "demo", "--json"], exit=sys.exit)
    monkeypatch.setattr(launcher, "sys", told)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in there else None)
    monkeypatch.setattr(os, "execv", lambda *command: went.append(command) or sys.exit(0))
    try:
        launcher.use_suitable_python()
    except SystemExit as ended:
        assert went or str(ended.code).count("\n") == 0
        return went[0] if went else ended.code
    return None


def test_it_goes_on_under_the_newest_python_that_fits(launcher, monkeypatch):
    for version in ((3, 11, 0), (3, 13, 9)):
        assert run_under(launcher, monkeypatch, version, ["python3.12"]) is None
    for version in ((3, 10, 4), (3, 14, 0)):
        python, words = run_under(launcher, monkeypatch, version, ["python3.11", "python3.12", "python3.9"])
        assert python == words[0] == "/usr/bin/python3.12" and words[2:] == ["demo", "--json"]
        assert words[1].endswith("/xinlv")
    said = run_under(launcher, monkeypatch, (3, 10, 4), ["python3.9", "python3.14"])
    assert said == OLD


def fake_python(launcher, script):
    python = Path(launcher.PYTHON)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return True


@pytest.mark.parametrize(
    ("lack", "line"),
    [
        ("lock", "requirements.lock is missing beside the launcher: clone the repository whole"),
        ("rights", "cannot write to {root}; clone into a folder of yours"),
        ("venv", NOTHING_HELPS),
        ("package", "pip could not install requirements.lock: Collecting one==1 | ERROR: no such thing"),
    ],
)
def test_what_is_missing_is_one_clear_line(launcher, ran, monkeypatch, capsys, tmp_path, lack, line):
    if lack == "lock":
        (tmp_path / "requirements.lock").unlink()
    if lack == "rights":
        monkeypatch.setattr(os, "access", lambda *_: False)
    if lack == "package":
        said = "echo Collecting one==1; echo ERROR: no such thing; exit 1"
        ran.works = lambda command, _: "venv" not in command or fake_python(launcher, said)
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it went on"))
    assert launcher.main() == 1
    assert capsys.readouterr().err == f"xinlv: {line.format(root=tmp_path)}\n"


def test_an_environment_is_made_once_and_anew_for_another_lock_file(launcher, ran, monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr(os, "execve", lambda *given: started.append(given))
    monkeypatch.setattr(sys, "argv", ["xinlv", "status"])
    ran.works = lambda command, _: "venv" not in command or fake_python(launcher, "exit 0")
    launcher.main()
    assert ran.steps == ["venv", "pip?"]
    launcher.main()
    assert len(ran.commands) == 2, "there is nothing to make"
    (tmp_path / "requirements.lock").write_text("one==2\n")
    launcher.main()
    assert ran.steps[2:] == ["pip?"], "what stands is kept when its pip works"
    assert [given[1] for given in started] == [[launcher.PYTHON, "-m", "runner", "status"]] * 3
    assert started[0][2]["PYTHONPATH"] == str(tmp_path)
