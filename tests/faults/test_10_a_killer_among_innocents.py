"""A message that kills the process each time, among innocent ones that must not be parked with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.waiting import until

pytestmark = pytest.mark.stack


def test_only_the_killer_is_parked(
    nodes: Any, load: Any, oracle: Any, dice: Any, mongo: Any, seed: int
) -> None:
    nodes("submission")
    killer = dice.randrange(40)
    running = load(most=40, pace=0, title=lambda number: "poison" if number == killer else "plain").wait()
    running.settle()
    oracle.outbox_drains()
    review = nodes("review", ready=False)
    deaths = 0

    def done() -> bool:
        nonlocal deaths
        if review.process.poll() is not None:
            deaths += 1
            review.launch()
        return bool(mongo.xinlv_review.cases.count_documents({}) == 39 and review.get("/readyz")[0] == 200)

    until(done, 60, review.tail())
    oracle.holds(running.accepted, parked={f"case-{killer}"})
    assert 2 <= deaths <= 8, f"it died {deaths} times"
    assert "never ended" in next(iter(oracle.parked().values()))["reason"]
    assert mongo.xinlv_review.attempts.count_documents({}) == 0
