"""The same command, and the same event, 100 times at once, with two replicas on each side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts.words import Role
from tests.support.waiting import until

pytestmark = pytest.mark.stack
TIMES = 100


def test_a_hundred_are_one(
    nodes: Any, client: Any, tokens: Any, oracle: Any, dice: Any, wire: Any, mongo: Any, seed: int
) -> None:
    for name in ("submission", "review"):
        nodes(name, ready=False)
        nodes(name).ready()
    token = tokens(Role.ENTRANT)
    cases = [f"case-{number}" for number in range(dice.randint(1, 4))]

    def call(turn: int) -> Any:
        case_id = cases[turn % len(cases)]
        return client.call(
            "submission", "submit_case", {"case_id": case_id}, token, f"cmd-{case_id}", timeout=20
        )

    turns = list(range(TIMES))
    dice.shuffle(turns)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(call, turns))
    for place, turn in enumerate(turns):
        same = answers[turns.index(turn % len(cases))]
        assert answers[place] == same, "a repeat was answered otherwise"
    oracle.outbox_drains()
    rows = list(mongo.xinlv_submission.outbox.find())
    for _ in range(TIMES):
        row = dice.choice(rows)
        wire.publish(
            row["exchange"], row["routing_key"], row["body"], content_type="application/json",
            content_encoding="utf-8", message_id=row["_id"],
        )  # fmt: skip
    until(lambda: mongo.xinlv_review.counts.count_documents({}) == len(cases))
    oracle.holds(cases)
