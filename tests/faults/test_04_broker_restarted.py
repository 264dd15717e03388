"""The broker is killed and started again with 200 messages in flight."""

from __future__ import annotations

from typing import Any

import pytest

from plumbing.bus import names
from runner.stack import processes, rabbitmq
from tests.support.waiting import until

pytestmark = pytest.mark.stack
IN_FLIGHT = 200


def test_messages_in_flight_survive(
    nodes: Any, load: Any, oracle: Any, dice: Any, stack: Any, mongo: Any, depth_of: Any, seed: int
) -> None:
    submission = nodes("submission")
    before = load(most=IN_FLIGHT, pace=0).wait()
    before.settle()
    oracle.outbox_drains()
    assert depth_of(names.inbox("review")) == IN_FLIGHT
    review = nodes("review", XINLV_LOG_LEVEL="WARNING")
    during = load(
        most=60, pace=0, name="during", timeout=25, title=lambda _: f"linger {dice.uniform(0, 0.01):.4f}"
    )  # fmt: skip
    wanted = dice.randint(0, IN_FLIGHT // 2)
    until(lambda: mongo.xinlv_review.cases.count_documents({}) >= wanted)
    child = stack.state.children()[rabbitmq.PART]
    # a crash or a stop in order, as chance wants it
    (processes.kill if dice.random() < 0.5 else processes.stop)(child)
    stack.state.forget(rabbitmq.PART)
    rabbitmq.start(stack.state, rabbitmq.provide(lambda *_: None), stack.secrets, follow=True)
    rabbitmq.wait(stack.state, stack.secrets)
    submission.ready()
    review.ready()
    during.wait()
    oracle.holds([*before.accepted, *during.settle()])
