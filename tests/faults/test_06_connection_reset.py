"""The connection is reset while a confirm is awaited: it is not known whether the broker has the message."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.integration.bus.conftest import until

pytestmark = pytest.mark.stack


def test_an_unknown_outcome_is_sent_again_and_known_again(
    nodes: Any, load: Any, oracle: Any, dice: Any, stack: Any, amqp_proxy: Any, seed: int
) -> None:
    submission = nodes(
        "submission", XINLV_AMQP_URL=amqp_proxy.lead(stack.environment("submission")["XINLV_AMQP_URL"])
    )
    review = nodes("review", XINLV_AMQP_URL=amqp_proxy.lead(stack.environment("review")["XINLV_AMQP_URL"]))
    running = load(timeout=6)
    ways = ["upstream", "downstream", dice.choice(["upstream", "downstream"])]
    for way in dice.sample(ways, len(ways)):
        running.reach(25)
        # upstream the message never arrives, downstream its confirm: the publisher cannot tell which
        amqp_proxy.poison("timeout", way, timeout=0)
        pause = threading.Event()
        pause.wait(dice.uniform(0.1, 0.6))
        amqp_proxy.poison("reset_peer", dice.choice(["upstream", "downstream"]), timeout=dice.randint(0, 60))
        amqp_proxy.cut()
        until(lambda: submission.get("/readyz")[0] == 503 or review.get("/readyz")[0] == 503)
        amqp_proxy.mend()
        submission.ready()
        review.ready()
    running.end()
    oracle.holds(running.settle())
