"""The connection is reset while a confirm is awaited: it is not known whether the broker has the message."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from contracts.errors import Unavailable
from plumbing.bus import link, shelf
from tests.support.waiting import until

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


@pytest.mark.parametrize("where", ["prepare", "order"])
def test_a_broker_that_falls_silent_is_left(
    stack: Any, amqp_proxy: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(link, "SILENCE", 0.7)
    asked: list[str] = []
    answered: list[str] = []

    def ask(connection: Any, place: str) -> None:
        asked.append(place)
        if place == where and asked.count(place) == 1:
            amqp_proxy.poison("timeout", "downstream", timeout=0)  # the line stays, nothing comes over it
        connection.channel()
        answered.append(place)

    url = amqp_proxy.lead(stack.environment("submission")["XINLV_AMQP_URL"])
    kept = link.Link(url, "silence", lambda connection: ask(connection, "prepare"))
    running = threading.Thread(target=kept.run)
    running.start()
    try:
        if where == "order":
            assert kept.connected.wait(10)
            kept.order(lambda connection: ask(connection, "order"))
        until(lambda: asked.count(where) == 1)
        until(lambda: kept.connection is None, 10, "the silence is borne")
        assert where not in answered
        amqp_proxy.mend()
        assert kept.connected.wait(20)
    finally:
        kept.close()
        running.join(20)
    assert not running.is_alive()


def test_a_look_at_a_silent_broker_ends(
    stack: Any, amqp_proxy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LONGEST_LOOK", 0.7)
    connect = link.connect

    def connect_and_fall_silent(*args: Any, **options: Any) -> Any:
        connection = connect(*args, **options)
        amqp_proxy.poison("timeout", "downstream", timeout=0)
        return connection

    monkeypatch.setattr(shelf, "connect", connect_and_fall_silent)
    looking = shelf.Shelf(amqp_proxy.lead(stack.environment("review")["XINLV_AMQP_URL"]), "review")
    ended: list[object] = []

    def look() -> None:
        try:
            looking.look()
        except Unavailable as refusal:
            ended.append(refusal)

    running = threading.Thread(target=look, daemon=True)
    running.start()
    running.join(15)
    assert len(ended) == 1
