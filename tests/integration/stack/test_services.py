"""The five services run as processes of their own, come back after a crash and stop in order."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from plumbing.settings import SERVICES
from runner.install import write_secrets
from runner.services import ServiceProcesses
from runner.stack import StackError, processes
from runner.stack.state import ROOT

pytestmark = pytest.mark.stack
MEMORY = 150 * 2**20


def test_the_five_services_start_survive_a_crash_and_stop_in_order(stack, service_processes):
    services = service_processes()
    children = services.running()
    assert children.keys() == set(SERVICES)
    assert len({child.pid for child in children.values()}) == len(SERVICES)
    for child in children.values():
        assert resident(child.pid) < MEMORY, f"{child.name} takes too much memory while idle"

    services.kill("review")
    assert not services.is_ready("review")
    assert services.running().keys() == set(SERVICES) - {"review"}
    services.start(["review"])
    assert services.is_ready("review")
    assert services.child("awards") == children["awards"], "starting one service leaves the others alone"

    before = services.child("notify")
    services.restart("notify")
    assert services.child("notify") != before

    services.stop()
    assert services.running() == {}
    for name in SERVICES:
        lines = [json.loads(line) for line in stack.state.log(name).read_text(encoding="utf-8").splitlines()]
        assert lines[-1]["event"] == "stopped", f"{name} did not stop in order: {lines[-1]}"
        assert lines[-1]["in_order"] is True


def test_a_service_that_cannot_start_says_why(service_processes):
    with pytest.raises(StackError, match=r"review ended while starting: .*XINLV_WORKERS") as failed:
        service_processes("review", XINLV_WORKERS="none")
    assert "\n" not in str(failed.value) and str(failed.value).endswith("/review.log)")
    with pytest.raises(StackError, match="judges is not a service"):
        service_processes("judges")


def resident(pid: int) -> int:
    """Bytes of memory a process holds."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_a_service_nobody_started_is_told_as_such(stack):
    with pytest.raises(StackError, match="was not started"):
        ServiceProcesses(stack).wait_ready("review")


def test_several_services_of_one_command_stop_together(stack):
    """`serve review notify` runs each in a process of its own; SIGTERM reaches both."""
    ports = stack.state.document["ports"]
    write_secrets(
        stack.home, f"127.0.0.1:{ports['amqp']}", f"127.0.0.1:{ports['mongo']}", "smtp://127.0.0.1:1"
    )
    told = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "XINLV_PROFILE": "local",
        "XINLV_S3_URL": stack.endpoints()["s3"],
        "XINLV_SECRETS_FOLDER": str(stack.home),
    }
    command = [sys.executable, "-m", "runner", "serve", "review", "notify"]
    log = stack.state.log("together")
    both = processes.spawn("together", command, told, log, dies_with_parent=True)
    assert processes.wait_for(lambda: log.read_text(encoding="utf-8").count('"started"') == 2, 60)
    processes.send(both, signal.SIGTERM)
    assert processes.wait_gone(both, 30)
    assert log.read_text(encoding="utf-8").count('"stopped"') == 2
