"""The command line as a person uses it: up, status, topology, down, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner.stack import processes
from runner.stack.processes import Child
from tests.support.shell import hear_ctrl_c

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.stack, pytest.mark.long]


def run(*arguments, **extra):
    """One command from a foreign folder, as the launcher starts it."""
    return subprocess.run(
        [sys.executable, "-m", "runner", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **extra},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_up_status_topology_down(tmp_path):
    home = tmp_path / "home"
    up = run("up", "--no-services", "--home", home)
    assert up.returncode == 0, up.stderr
    assert "secret" not in up.stdout
    status = run("status", "--json", "--home", home)
    assert status.returncode == 0
    found = json.loads(status.stdout)
    assert found["running"]
    assert all(process["alive"] for process in found["processes"].values())
    assert Path(found["credentials"]["operator"]).exists()
    again = run("topology", "apply", "--home", home)
    assert again.returncode == 0, again.stderr
    assert "everything is as declared" in again.stdout
    assert run("status", "--home", home).returncode == 0
    kept = json.loads((home / "state.json").read_text(encoding="utf-8"))["processes"]
    assert run("down", "--home", home, "--remove").returncode == 0
    assert not any(processes.is_alive(Child(**child)) for child in kept.values())
    assert run("status", "--json", "--home", home).returncode == 3


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    home = tmp_path / "home"
    command = [sys.executable, "-m", "runner", "up", "--no-services", "--foreground", "--home", str(home)]
    up = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, bufsize=1,
        preexec_fn=hear_ctrl_c,
    )  # fmt: skip
    assert up.stdout is not None
    for line in up.stdout:
        if "Ctrl-C" in line:
            break
    kept = json.loads((home / "state.json").read_text(encoding="utf-8"))["processes"]
    assert len(kept) == 5
    up.send_signal(signal.SIGINT)
    try:
        up.communicate(timeout=60)
    finally:
        up.kill()
        up.wait()
    assert not any(processes.is_alive(Child(**child)) for child in kept.values())


def test_what_is_wrong_is_said_in_one_line(tmp_path):
    for arguments, extra, word in [
        (["serve", "review"], {"XINLV_SERVICE": ""}, "XINLV_AMQP_URL"),
        (["serve", "review"], {"XINLV_PROFILE": "staging"}, "XINLV_PROFILE"),
        (["topology", "apply", "--home", tmp_path], {}, "XINLV_MONGO_URL"),
        (["bench", "nothing"], {}, "nothing"),
        (["up", "--name", "../x"], {}, "--name"),
        (["down", "--home", tmp_path / "none"], {}, "no stack"),
    ]:
        refused = run(*arguments, **extra)
        assert refused.returncode in (1, 2), arguments
        assert word in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
        assert any("\u4e00" <= letter <= "\u9fff" for letter in refused.stderr), "Chinese beside English"


@pytest.mark.parametrize("command", ["up", "down", "status", "serve", "topology"])
def test_every_command_explains_itself(command):
    explained = run(command, "--help")
    assert explained.returncode == 0
    assert "Usage: xinlv" in explained.stdout
