"""A process that is killed leaves a command done or not done, never half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from plumbing.store.integrity import CHECKS
from tests.support import ledger
from tests.support.harness import Harness
from tests.support.keys import key_set

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import os, signal, sys
from pymongo import monitoring
from contracts.words import Role
from plumbing.clock import PrimaryClock
from plumbing.identity.caller import Caller
from plumbing.identity.sealing import Sealing
from plumbing.parts import Parts
from plumbing.store.executor import Executor
from plumbing.store.mongo import connect
from pymongo import MongoClient
from tests.support import ledger

url, name, key, when, what = sys.argv[1:]

class Killer(monitoring.CommandListener):
    seen = 0
    def die(self, moment, event):
        if moment + " " + event.command_name == when:
            os.kill(os.getpid(), signal.SIGKILL)
    def started(self, event): self.die("before", event)
    def succeeded(self, event): self.die("after", event)
    def failed(self, event): pass

monitoring.register(Killer())
client = connect(url, "tests")
parts = Parts(None, PrimaryClock(client), None, Sealing(key), None, None)
executor = Executor(ledger.SERVICE, client[name], parts)
caller = Caller("acc-secretariat", frozenset({Role.SECRETARIAT}))
if what == "command":
    executor.execute(ledger.count, {"counter_id": "a"}, caller, "cmd-1")
elif what == "job":
    executor.run_job(executor.store.collection("jobs").find_one({})["_id"])
"""


def run_and_die(service: Harness, url: str, when: str, what: str) -> None:
    key = key_set()[0]["notify"]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, url, service.store.database.name, key, when, what],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()[-2000:]


def wait_until_ended(service: Harness, open_ones: int) -> None:
    """The dead process's transaction is found and ended, long before the server would do it."""
    ended, until = 0, time.monotonic() + 20
    while ended < open_ones and time.monotonic() < until:
        ended += service.run_loop("abandoned_transactions")
        time.sleep(0.2)
    assert ended == open_ones


def counts(service: Harness) -> dict[str, int]:
    return {name: len(service.rows(name)) for name in ("counters", "commands", "outbox", "audit", "records")}


@pytest.mark.parametrize(
    ("when", "done", "open_ones"),
    [
        ("before insert", 0, 1), ("after insert", 0, 1), ("before commitTransaction", 0, 1),
        ("after commitTransaction", 1, 0),
    ],
)  # fmt: skip
def test_a_command_whose_process_is_killed(
    service: Harness, mongo_url: str, when: str, done: int, open_ones: int
) -> None:
    run_and_die(service, mongo_url, when, "command")
    wait_until_ended(service, open_ones)
    assert set(counts(service).values()) == {done}
    # the same command comes again, as the broker and the client both will do
    result: dict[str, Any] = service.execute(
        ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1"
    )
    assert result["value"] == 1
    assert set(counts(service).values()) == {1}
    assert [finding for check in CHECKS for finding in check(service.reading())] == []


@pytest.mark.parametrize("when", ["before commitTransaction", "after commitTransaction"])
def test_a_job_whose_process_is_killed(service: Harness, mongo_url: str, when: str) -> None:
    given = {"counter_id": "a", "rows": 4}
    job_id = service.execute(ledger.count_many, given, service.secretariat())["job_id"]
    run_and_die(service, mongo_url, when, "job")
    wait_until_ended(service, int(when.startswith("before")))
    assert not service.jobs.run_once(job_id)  # its lease lives on
    service.store.collection("jobs").update_one({}, {"$set": {"until": None}})
    told = service.run_job(job_id)
    assert (told["done"], told["outcomes"], told["result"]["value"]) == (4, 4, 4)
    assert len(service.rows("job_outcomes")) == 4
    assert [finding for check in CHECKS for finding in check(service.reading())] == []
