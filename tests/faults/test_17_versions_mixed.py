"""Old and new releases at once, in the middle of an upgrade: events of both versions, consumers of both."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.events import Event
from contracts.events.submission import CaseWithdrawn
from contracts.words import Role
from plumbing.bus import names, topology
from tests.support.waiting import until

pytestmark = pytest.mark.stack
NEW_KEYS = ("CaseSubmitted.v2", "CaseWithdrawn")


@pytest.fixture
def bound(broker: Any) -> Any:
    """The bindings that the next release brings."""
    place = ("bindings", topology.INNER, "e", "submission.events", "q", names.inbox("review"))
    for key in NEW_KEYS:
        broker.post(*place, body={"routing_key": key, "arguments": {}})
    yield
    for key in NEW_KEYS:
        broker.delete(*place, key)


def test_an_upgrade_loses_no_event(
    nodes: Any, load: Any, oracle: Any, dice: Any, bound: None, client: Any, tokens: Any, mongo: Any,
    wire: Any, seed: int,
) -> None:  # fmt: skip
    new = {"XINLV_FAULT_RELEASE": "2"}
    old_submission, old_review = nodes("submission"), nodes("review")
    running = load()
    running.reach(dice.randint(10, 50))
    # of a type known to all and wanted by the new one alone
    data = {"case_id": "gone", "edition_id": "xl3", "unit_id": "unit-1", "reason": "why"}
    gone = Event("evt-gone", CaseWithdrawn, "gone", datetime.now(UTC), 2, "cor-1", "", data)
    wire.publish("submission.events", "CaseWithdrawn", json.dumps(gone.to_cloudevent()), message_id=gone.id)
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
    # the old consumer could not read the new version: parked with that reason, replayed by the new one;
    # what it did not want came round again until it met the new one, or was parked too
    for row in oracle.parked().values():
        assert ("nothing reacts" if row["event_id"] == gone.id else "nobody declares") in row["reason"]
    client.call("review", "replay_parked", {"all": True}, tokens(Role.OPERATOR), timeout=20)
    until(lambda: not oracle.parked())
    oracle.holds(running.accepted)
    until(lambda: mongo.xinlv_review.releases.find_one({"_id": "gone", "gone": 1}))
    assert mongo.xinlv_review.releases.count_documents({"new": {"$gt": 0}}) > 0
    assert len(newer) == 2
