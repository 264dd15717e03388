"""The broker's memory alarm, and a database whose disk is full."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runner.stack import rabbitmq
from tests.faults.oracle import Oracle
from tests.faults.replicas import Replicas, small_disk
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long]


def control(stack: Any, *words: str) -> None:
    """Run rabbitmqctl on the stack's own broker."""
    programs = rabbitmq.provide(lambda *_: None)
    home = stack.state.data(rabbitmq.PART)
    told = {
        **os.environ, "PATH": f"{programs['erlang']}:{os.environ['PATH']}:/usr/sbin:/sbin", "HOME": str(home),
        "LANG": "C.UTF-8", "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_NODENAME": "xinlv@localhost",
        "ERL_EPMD_PORT": str(stack.state.document["ports"]["epmd"]), "ERL_ROOTDIR": programs["root"],
    }  # fmt: skip
    told = {name: value for name, value in told.items() if value}
    command = [programs["server"].replace("rabbitmq-server", "rabbitmqctl"), *words]
    subprocess.run(command, env=told, check=True, capture_output=True, timeout=60)


def test_a_memory_alarm_holds_up_and_loses_nothing(
    nodes: Any, load: Any, oracle: Any, dice: Any, stack: Any, broker: Any, seed: int
) -> None:
    nodes("submission")
    nodes("review")
    running = load(timeout=2)
    running.reach(dice.randint(10, 80))
    control(stack, "set_vm_memory_high_watermark", "absolute", "1MB")
    try:
        until(lambda: running.refused, 30, "nobody noticed the alarm")
        running.end()
    finally:
        control(stack, "set_vm_memory_high_watermark", "absolute", "1GB")
    oracle.holds(running.settle())


def test_a_full_disk_refuses_and_loses_nothing(
    nodes: Any, load: Any, client: Any, tokens: Any, depth_of: Any, dice: Any, tmp_path: Path, seed: int
) -> None:
    with small_disk(tmp_path / "disk", 400) as disk, Replicas(disk, 1) as database:
        submission = nodes("submission", XINLV_MONGO_URL=database.url)
        review = nodes("review", XINLV_MONGO_URL=database.url)
        oracle = Oracle(database.client, client, tokens, depth_of)
        running = load(timeout=3)
        running.reach(dice.randint(10, 80))
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as output, contextlib.suppress(OSError):
            while output.write(b"\0" * 4096):
                pass
        until(lambda: running.refused, 60, "nobody noticed the full disk")
        running.end()
        ballast.unlink()
        database.revive()
        submission.ready()
        review.ready()
        oracle.holds(running.settle())
        submission.kill()
        review.kill()
