"""A slow consumer and a handler that keeps the CPU: heartbeats hold, memory stays bounded."""

from __future__ import annotations

from typing import Any

import pytest

from plumbing.bus import names
from tests.support.waiting import until

pytestmark = pytest.mark.stack
HEARTBEAT = 3
BUSY = 3.5 * HEARTBEAT
"""The broker gives a silent connection up after twice the heartbeat."""
WAITING = 300
MOST_GROWTH_MB = 60


def test_heartbeats_hold_and_memory_is_bounded(
    nodes: Any, load: Any, oracle: Any, dice: Any, mongo: Any, depth_of: Any, seed: int
) -> None:
    nodes("submission")
    busy = dice.randrange(10, 60)
    running = load(
        most=WAITING, pace=0, title=lambda number: f"busy {BUSY}" if number == busy else "linger 0.005"
    ).wait()  # fmt: skip
    running.settle()
    oracle.outbox_drains()
    assert depth_of(names.inbox("review")) == WAITING
    review = nodes("review", XINLV_FAULT_HEARTBEAT=str(HEARTBEAT))
    before = review.memory_mb()
    until(lambda: mongo.xinlv_review.counts.find_one({"_id": f"case-{busy}"}), 60, review.tail())
    oracle.holds(running.accepted)
    assert review.memory_mb() - before < MOST_GROWTH_MB, "what waits piles up in the consumer"
    assert review.said("broker lost") == 0, "the busy handler cost its process the connection"
    assert review.metric('xinlv_events_repeated_total{type="xinlv.submission.CaseSubmitted.v1"}') == 0
