"""A replica of each service is added and removed under load, in order or by a crash."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.stack


def test_the_others_carry_on(nodes: Any, load: Any, oracle: Any, dice: Any, seed: int) -> None:
    first = {name: nodes(name) for name in ("submission", "review")}
    running = load(threads=6)
    running.reach(dice.randint(10, 50))
    second = {name: nodes(name) for name in dice.sample(["submission", "review"], 2)}
    running.reach(dice.randint(10, 50))
    for node in dice.sample(list(first.values()), 2):
        if dice.random() < 0.5:
            assert node.stop() == 0, node.tail()
        else:
            node.kill()
        running.reach(dice.randint(10, 30))
    running.end()
    assert all(node.process.poll() is None for node in second.values())
    oracle.holds(running.settle())
