"""SIGTERM under load: exit 0 within grace, nothing is given back to be done again."""

from __future__ import annotations

import time
from typing import Any

import pytest

from plumbing.bus import names
from tests.faults.rig import Load

pytestmark = pytest.mark.stack
GRACE = 25.0


def test_a_stop_finishes_what_it_began(
    nodes: Any, load: Any, oracle: Any, dice: Any, wire: Any, mongo: Any, seed: int
) -> None:
    submission, review = nodes("submission"), nodes("review")
    # so slow that at any moment there is work under way on both sides
    running: Load = load(threads=6, title=lambda number: "slow" if number % 9 == 0 else "linger 0.01")
    running.reach(dice.randint(30, 200))
    for node in dice.sample([submission, review], 2):
        began = time.monotonic()
        assert node.stop(GRACE) == 0, node.tail()
        assert time.monotonic() - began < GRACE
        if node is submission:
            # at once: calls expire with their callers' patience
            calls = wire.take(names.rpc_queue("submission"))
            assert not any(call.delivery_info["redelivered"] for call in calls), "a call came back"
    running.end()
    # a quorum queue marks what was on its way to a cancelled consumer, so look at what was really handled
    handled = {row["event_id"] for row in mongo.xinlv_review.inbox.find()}
    waiting = wire.take(names.inbox("review"))
    again = [message.properties["message_id"] for message in waiting]
    assert handled.isdisjoint(again), "an event that was handled came back"
    assert "Traceback" not in submission.log.read_text() + review.log.read_text()
    submission.launch().ready()
    review.launch().ready()
    oracle.holds(running.settle())
