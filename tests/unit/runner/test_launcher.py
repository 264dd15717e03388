"""The launcher finds a way to a Python environment on machines that lack this or that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTHING_HELPS = (
    "cannot make a Python environment: install python3-venv (Debian: apt-get install python3-venv)"
)


@pytest.mark.parametrize(
    ("root", "tried"),
    [
        (False, ["venv", "update", "pip?"]),
        (True, ["venv", "install", "update", "update", "pip?"]),
    ],
)
def test_every_way_is_tried_in_order_before_it_gives_up(launcher, ran, monkeypatch, root, tried):
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    with pytest.raises(launcher.Missing) as missing:
        launcher.create_venv()
    assert str(missing.value) == NOTHING_HELPS
    assert ran.steps == tried


def test_a_way_counts_only_when_pip_works_and_leaves_nothing(launcher, ran, monkeypatch, tmp_path):
    went, left = [], []

    def way(name):
        def go():
            left.append((tmp_path / ".venv").exists())
            (tmp_path / ".venv").mkdir()
            went.append(name)
            return True

        monkeypatch.setattr(launcher, name, go)

    names = ("venv_of_python", "venv_after_apt_install", "venv_with_unpacked_pip", "venv_by_virtualenv")
    for name in names:
        way(name)
    ran.works = lambda command, _: len(went) == 3
    launcher.create_venv()
    assert went == list(names[:3]) and left == [False, False, False]
    assert ran.commands == [["python", "-m", "pip", "--version"]] * 3


@pytest.mark.parametrize(("debians", "package"), [(True, "python3-venv"), (False, "python3-pip-whl")])
def test_root_has_apt_install_what_fits_and_reads_the_lists_when_it_must(
    launcher, ran, monkeypatch, debians, package
):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(launcher, "is_debians_python", lambda: debians)
    ran.works = lambda command, _: command[0] != "apt-get" or "update" in command or "update" in ran.steps
    assert launcher.venv_after_apt_install()
    assert ran.steps == ["install", "update", "install", "venv"]
    assert ran.commands[0][-1] == ran.commands[2][-1] == package
    assert ran.options[2]["env"]["DEBIAN_FRONTEND"] == "noninteractive"


@pytest.mark.parametrize("wheel", ["pip-23.0.1-py3-none-any.whl", None])
def test_without_root_debians_pip_is_unpacked_and_used(launcher, ran, wheel):
    private = []

    def work(command, options):
        if "update" in command:
            private.extend(word.partition("=")[2] for word in command if word.startswith("-oDir::State="))
            assert (Path(private[0]) / "lists" / "partial").is_dir()
        if "download" in command:
            (Path(options["cwd"]) / "python3-pip-whl.deb").touch()
        if command[0] == "dpkg":
            wheels = Path(command[-1]) / "usr" / "share" / "python-wheels"
            wheels.mkdir(parents=True)
            if wheel:
                (wheels / wheel).touch()
        return True

    ran.works = work
    assert launcher.venv_with_unpacked_pip() == bool(wheel)
    assert ran.steps[:3] == ["update", "download", "dpkg"]
    if wheel:
        assert "--without-pip" in ran.commands[3]
        assert ran.commands[4][1].endswith(f"/python-wheels/{wheel}/pip") and "--no-index" in ran.commands[4]
    assert len(ran.commands) == (5 if wheel else 3)
    assert not Path(private[0]).exists(), "nothing of it is left"


def test_virtualenv_is_kept_out_of_the_users_own_packages(launcher, ran):
    assert not launcher.venv_by_virtualenv() and len(ran.commands) == 1
    ran.works = lambda *_: True
    assert launcher.venv_by_virtualenv()
    _, _, install, make = ran.commands
    target = install[install.index("--target") + 1]
    assert ran.options[3]["env"]["PYTHONPATH"] == target and make[-1] == launcher.VENV
    assert not Path(target).exists()


def test_an_environment_laid_out_by_hand_is_one(launcher, monkeypatch, tmp_path):
    true_way = launcher.runs

    def run_without_venv(command, **options):
        return "venv" not in command and true_way(command, **options)

    monkeypatch.setattr(launcher, "runs", run_without_venv)
    assert launcher.bare_venv()
    program = "import sys; print(sys.prefix, *sys.path, sep='\\n')"
    shown = subprocess.run(
        [launcher.PYTHON, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert shown[0] == str(tmp_path / ".venv")
    assert [place for place in shown[1:] if place.endswith("-packages")] == [
        str(tmp_path / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages")
    ]
