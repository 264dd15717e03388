"""Poison: a reaction that raises, bad JSON, an unknown content type, an unknown type and version."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plumbing.bus import names
from tests.support.waiting import until

pytestmark = pytest.mark.stack


def test_poison_is_parked_with_its_reason(
    nodes: Any, load: Any, oracle: Any, dice: Any, wire: Any, mongo: Any, seed: int
) -> None:
    nodes("submission")
    review = nodes("review")
    raising = set(dice.sample(range(60), 3))
    running = load(most=60, pace=0, title=lambda number: "fail" if number in raising else "plain").wait()
    running.settle()
    oracle.outbox_drains()
    body = json.loads(mongo.xinlv_submission.outbox.find_one({})["body"])
    unreadable: list[tuple[bytes, dict[str, Any]]] = [
        (b'{"specversion": "1.0", ', {"content_type": "application/json"}),
        (b"\x80\x04\x95pickle", {"content_type": "application/python-pickle"}),
        (b"<event/>", {"content_type": "text/xml", "content_encoding": "gzip"}),
        (json.dumps({**body, "type": "xinlv.submission.CaseSubmitted.v9"}).encode(), {}),
        (json.dumps({**body, "data": [1, 2]}).encode(), {}),
        (b"[" * 50_000, {"content_type": "application/json"}),
        (json.dumps({**body, "sequence": "much"}).replace('"much"', "1e999").encode(), {}),
    ]
    dice.shuffle(unreadable)
    for number, (content, properties) in enumerate(unreadable):
        properties |= {"message_id": f"poison-{number}"}
        wire.publish("submission.events", "CaseSubmitted", content, **properties)
    # a name that no document can hold, come back from a process that died
    assert review.stop() == 0
    bad_id = json.dumps({**body, "id": "evt-\ud800"})
    wire.publish("submission.events", "CaseSubmitted", bad_id, message_id="poison-id")
    until(lambda: wire.take(names.inbox("review")))
    review.launch().ready()
    parked = len(unreadable) + 1 + len(raising)
    until(lambda: len(oracle.parked()) == parked, 30, "poison is not parked")
    reasons = {event_id: row["reason"] for event_id, row in oracle.parked().items()}
    assert all("unreadable" in reasons[f"poison-{number}"] for number in range(len(unreadable)))
    assert "cannot be handled" in reasons["poison-id"]
    assert sum("ValueError" in reason for reason in reasons.values()) == len(raising)
    # the version nobody knows bears the name of a real case, which was handled
    for row in oracle.parked().values():
        if row["event_id"].startswith("poison-"):
            oracle.discard(row["parked_id"])
    oracle.holds(running.accepted, parked={f"case-{number}" for number in raising})
