"""The primary of three mongod is stepped down, then the next one killed; the line to a database is
slowed, then cut; all under load.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.oracle import Oracle
from tests.faults.replicas import Replicas
from tests.support.waiting import until

pytestmark = pytest.mark.stack


def test_a_new_primary_goes_on(
    nodes: Any, load: Any, client: Any, tokens: Any, depth_of: Any, dice: Any, tmp_path: Path, seed: int
) -> None:
    with Replicas(tmp_path / "set", 3) as database:
        submission = nodes("submission", XINLV_MONGO_URL=database.url)
        review = nodes("review", XINLV_MONGO_URL=database.url)
        oracle = Oracle(database.client, client, tokens, depth_of)
        running = load(timeout=15)
        running.reach(dice.randint(10, 60))
        database.step_down()
        running.reach(dice.randint(10, 60), 60)
        database.kill_primary()
        running.reach(10, 60).end()
        submission.ready()
        review.ready()
        oracle.holds(running.settle())
        submission.kill()
        review.kill()


def test_a_slow_line_that_is_cut_leaves_nothing_in_doubt(
    nodes: Any, load: Any, oracle: Any, dice: Any, stack: Any, mongo_proxy: Any, seed: int
) -> None:
    submission, review = [
        nodes(name, XINLV_MONGO_URL=mongo_proxy.lead(stack.environment(name)["XINLV_MONGO_URL"]))
        for name in ("submission", "review")
    ]
    running = load(timeout=3)
    running.reach(dice.randint(10, 60))
    # what was committed is answered late, so the cut falls between the two
    mongo_proxy.poison("latency", latency=dice.randint(50, 150), jitter=50)
    running.reach(dice.randint(5, 15))
    mongo_proxy.cut()
    until(lambda: submission.get("/readyz")[0] == 503 and review.get("/readyz")[0] == 503)
    mongo_proxy.mend()
    running.reach(5)
    running.end()
    submission.ready()
    review.ready()
    assert running.refused, "nobody noticed that the database was away"
    oracle.holds(running.settle())
    # killed, because the line's end stands nearer than theirs, and a stop would wait for the database
    submission.kill()
    review.kill()
