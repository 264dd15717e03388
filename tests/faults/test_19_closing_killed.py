"""The service is killed in the middle of closing a round, again and again: the result is written once.

500 cases in an ordinary run; XINLV_FAULT_CASES=5000 (``./xinlv test --faults --large``) for the whole size.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from contracts.rpc import review as rpc
from tests.faults.multiply import multiply
from tests.integration.bus.conftest import ROOT
from tests.integration.review.contest import TRACKS, Contest
from tests.support.keys import key_set
from tests.support.waiting import until

CASES = int(os.environ.get("XINLV_FAULT_CASES", "500"))
MEAN = {"name": "mean", "decimals": 2}
RULES = {"track": {"panel": 3, "least_sheets": 3, "quota": {"count": 50}, "method": MEAN}}


@pytest.mark.timeout(600)
def test_a_result_is_written_once(harness: Any, mongo_url: str, dice: random.Random, seed: int) -> None:
    world = Contest(harness, **RULES)
    world.begin(units=2, cases_each=1, experts=6)
    world.pass_formal()
    round_id = world.open("track", TRACKS[0])
    for seat in world.seats(round_id):
        world.score(seat, dice.randint(50, 95))
    database = world.review.store.database
    multiply(database, round_id, "case-1", [f"case-{number}" for number in range(3, CASES + 1)])
    # so many cases were not assigned one by one, which the round's own record tells
    known = world.findings()
    job = world.do(rpc.close_round, round_id=round_id)
    told = {
        **os.environ, "PYTHONPATH": str(ROOT), "XINLV_FAULT_MONGO": mongo_url,
        "XINLV_FAULT_KEYS": json.dumps(key_set()), "XINLV_FAULT_NOW": world.review.clock.now().isoformat(),
    }  # fmt: skip
    steps = CASES // 100 + 3
    faults = [
        f"step:{dice.choice(['before', 'after'])}:{dice.randint(2, max(3, steps // 2))}",
        f"step:before:{dice.randint(1, 3)}", f"step:after:{dice.randint(2, 4)}", "",
    ]  # fmt: skip
    for fault in faults:
        carrying = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.closing", database.name, job["job_id"]], cwd=ROOT,
            env={**told, "XINLV_FAULT": fault}, stderr=subprocess.PIPE,
        )  # fmt: skip
        code, said = carrying.wait(240), carrying.stderr.read()  # type: ignore[union-attr]
        carrying.stderr.close()  # type: ignore[union-attr]
        done = database.jobs.find_one({"_id": job["job_id"]})
        assert code == (-signal.SIGKILL if fault and done["state"] != "done" else 0), said[-2000:]
        if done["state"] == "done":
            break
        # the dead one's lease must run out first
        until(lambda: database.jobs.count_documents(
            {"_id": job["job_id"], "$expr": {"$lte": ["$until", "$$NOW"]}}), 20)  # fmt: skip
    assert done["state"] == "done", done
    scored = [event for event in world.told("RoundScored") if event.data["round_id"] == round_id]
    times = Counter(event.data["case_id"] for event in scored)
    assert len(times) == CASES and set(times.values()) == {1}
    closed = [event for event in world.told("RoundClosed") if event.data["round_id"] == round_id]
    assert [event.data["cases"] for event in closed] == [CASES]
    seal = world.do(rpc.round_seal, round_id=round_id)
    assert seal["merkle_root"] == seal["recomputed"] and seal["findings"] == []
    assert [finding for finding in world.findings() if finding not in known] == []
