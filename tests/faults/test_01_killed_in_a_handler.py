"""kill -9 in a handler before the commit, and after the commit before the reply or the ack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.rig import die_again

pytestmark = pytest.mark.stack


def test_nothing_is_lost_or_done_twice(nodes: Any, load: Any, oracle: Any, dice: Any, seed: int) -> None:
    submission = nodes("submission", fault=f"command:before:{dice.randint(5, 60)}")
    review = nodes("review", fault=f"reaction:before:{dice.randint(5, 60)}")
    running = load()
    die_again({
        submission: [f"command:after:{dice.randint(3, 40)}", ""],
        review: [f"reaction:after:{dice.randint(1, 6)}", ""],
    })  # fmt: skip
    running.reach(20).end()
    oracle.holds(running.settle())
