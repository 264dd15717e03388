"""Old and new releases at once, in the middle of an upgrade: events of both versions, consumers of both."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.words import Role
from plumbing.bus import names, topology
from tests.integration.bus.conftest import until

pytestmark = pytest.mark.stack
NEW_KEY = "CaseSubmitted.v2"


@pytest.fixture
def bound(broker: Any) -> Any:
    """The binding that the next release brings."""
    place = ("bindings", topology.INNER, "e", "submission.events", "q", names.inbox("review"))
    broker.post(*place, body={"routing_key": NEW_KEY, "arguments": {}})
    yield
    broker.delete(*place, NEW_KEY)


def test_an_upgrade_loses_no_event(
    nodes: Any, load: Any, oracle: Any, dice: Any, bound: None, client: Any, tokens: Any, mongo: Any,
    seed: int,
) -> None:  # fmt: skip
    new = {"XINLV_FAULT_RELEASE": "2"}
    old_submission, old_review = nodes("submission"), nodes("review")
    running = load()
    running.reach(dice.randint(10, 50))
    turns = [lambda: nodes("submission", **new), lambda: nodes("review", **new)]
    dice.shuffle(turns)
    newer = [turn() for turn in turns]
    running.reach(dice.randint(30, 60))
    for node in dice.sample([old_submission, old_review], 2):
        assert node.stop() == 0
        running.reach(10)
    running.end()
    running.settle()
    oracle.outbox_drains()
    told = {row["type"].rpartition(".")[2] for row in mongo.xinlv_submission.outbox.find({}, {"type": 1})}
    assert told == {"v1", "v2"}
    # the old consumer could not read the new version: parked with that reason, replayed by the new one
    assert all("nobody declares" in row["reason"] for row in oracle.parked().values())
    client.call("review", "replay_parked", {"all": True}, tokens(Role.OPERATOR), timeout=20)
    until(lambda: not oracle.parked())
    oracle.holds(running.accepted)
    assert mongo.xinlv_review.releases.count_documents({}) > 0
    assert len(newer) == 2
