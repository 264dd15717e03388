"""A slow consumer and a handler that keeps the CPU: heartbeats hold, memory stays bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from plumbing.bus import names
from plumbing.bus.inbox import PREFETCH
from tests.support.waiting import until

pytestmark = pytest.mark.stack
HEARTBEAT = 3
BUSY = 3.5 * HEARTBEAT
"""The broker gives a silent connection up after twice the heartbeat."""
SMALL, LARGE = 300, 1000
WAITING = SMALL + LARGE
PADDING = 100_000
"""All large ones together are more than the consumer may grow by, those it may take at once are far less."""
MOST_GROWTH_MB = 60
STILL = 5
"""So many looks in a row must see the same."""


def test_heartbeats_hold_and_memory_is_bounded(
    nodes: Any, load: Any, oracle: Any, dice: Any, mongo: Any, depth_of: Any, wire: Any, seed: int
) -> None:
    nodes("submission")
    busy = dice.randrange(10, 60)
    running = load(
        most=SMALL, pace=0, title=lambda number: f"busy {BUSY}" if number == busy else "linger 0.005"
    ).wait()  # fmt: skip
    running.settle()
    oracle.outbox_drains()
    wire.publish_together(_large_ones(mongo.xinlv_submission.outbox.find_one()))
    assert depth_of(names.inbox("review")) == WAITING
    review = nodes("review", XINLV_FAULT_HEARTBEAT=str(HEARTBEAT))
    before = review.memory_mb()
    most_taken = 0
    looks: list[tuple[int, int]] = []

    def all_handled() -> bool:
        nonlocal most_taken
        ready = depth_of(names.inbox("review"))
        handled = mongo.xinlv_review.inbox.count_documents({})
        looks.append((ready, handled))
        # a quorum queue's count may lag while messages flow; while the busy handler runs it stands still
        if len(set(looks[-STILL:])) == 1 and len(looks) >= STILL:
            most_taken = max(most_taken, WAITING - ready - handled)
        return bool(handled == WAITING)

    until(all_handled, 60, review.tail())
    oracle.holds(running.accepted)
    assert most_taken == PREFETCH, "the broker gives the consumer more at once than it may take, or less"
    assert review.memory_mb("VmHWM") - before < MOST_GROWTH_MB, "what waits piles up in the consumer"
    assert review.said("broker lost") == 0, "the busy handler cost its process the connection"
    assert review.metric('xinlv_events_repeated_total{type="xinlv.submission.CaseSubmitted.v1"}') == 0


def _large_ones(row: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield events like one that was told, each of its own case and blown up with blanks."""
    told = json.loads(row["body"])
    for number in range(LARGE):
        data = {**told["data"], "case_id": f"large-{number}", "title": "plain"}
        event = {**told, "id": f"evt-large-{number}", "subject": f"large-{number}", "data": data}
        kept = {
            "content_type": "application/json", "content_encoding": "utf-8", "message_id": event["id"],
        }  # fmt: skip
        yield row["exchange"], row["routing_key"], json.dumps(event) + " " * PADDING, kept
