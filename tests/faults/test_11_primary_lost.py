"""The primary of three mongod is stepped down, then the next one killed, under load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.oracle import Oracle
from tests.faults.replicas import Replicas

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
