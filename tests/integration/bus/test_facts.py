"""Events on the real broker: repeated, failing, late, unreadable and deadly ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.events import Event, find_event
from contracts.words import Role
from plumbing.bus import names, topology
from plumbing.bus.inbox import SOON
from tests.integration.bus.conftest import depth
from tests.support.waiting import until

pytestmark = pytest.mark.stack
SUBMITTED = 'type="xinlv.submission.CaseSubmitted.v1"'


def submit(client: Any, tokens: Any, case_id: str, title: str = "plain") -> None:
    given = {"case_id": case_id, "reason": title}
    client.call("submission", "submit_case", given, tokens(Role.ENTRANT), correlation_id=f"cor-{case_id}")


def remembered(mongo: Any, case_id: str) -> Any:
    return mongo["xinlv_review"].cases.find_one({"_id": case_id})


def parked(client: Any, tokens: Any) -> list[dict[str, Any]]:
    return client.call("review", "list_parked", {"limit": 200}, tokens(Role.OPERATOR))["items"]


def test_an_event_is_handled_and_its_repeat_changes_nothing(
    samples: Any, client: Any, tokens: Any, mongo: Any, broker: Any
) -> None:
    submission, review = samples("submission"), samples("review")
    submit(client, tokens, "case-1")
    until(lambda: remembered(mongo, "case-1"))
    row = mongo["xinlv_submission"].outbox.find_one({})
    until(lambda: mongo["xinlv_submission"].outbox.find_one({"published": {"$ne": None}}))
    for _ in range(3):
        answer = broker.post(
            "exchanges",
            topology.INNER,
            "submission.events",
            "publish",
            body={
                "routing_key": "CaseSubmitted",
                "payload": row["body"],
                "payload_encoding": "string",
                "properties": {"content_type": "application/json", "message_id": row["_id"]},
            },
        )
        assert answer["routed"]
    until(
        lambda: (
            'xinlv_events_repeated_total{type="xinlv.submission.CaseSubmitted.v1"} 3.0'
            in review.get("/metrics")[1]
        )
    )
    assert mongo["xinlv_review"].counts.find_one({"_id": "case-1"})["times"] == 1
    assert mongo["xinlv_review"].inbox.count_documents({}) == 1
    assert review.metric(f'xinlv_events_total{{outcome="handled",{SUBMITTED}}}') == 1
    assert review.metric(f'xinlv_events_total{{outcome="repeated",{SUBMITTED}}}') == 3
    assert review.metric(f"xinlv_events_end_to_end_seconds_count{{{SUBMITTED}}}") == 1
    assert review.metric("xinlv_events_batch_sum") == 4
    batches = review.metric("xinlv_events_batch_count")
    assert review.metric("xinlv_events_handling_seconds_count") == batches >= 2
    assert review.metric("xinlv_events_handling_seconds_sum") > 0
    for sample, words in ((submission, "submitted case-1"), (review, "remembered case-1")):
        assert [line["correlation_id"] for line in sample.lines(words)] == ["cor-case-1"]


def test_a_failing_event_is_tried_again_parked_and_replayed(
    samples: Any, client: Any, tokens: Any, mongo: Any, broker: Any
) -> None:
    samples("submission")
    review = samples("review")
    submit(client, tokens, "case-f", "fail")
    submit(client, tokens, "case-g", "good")
    until(lambda: remembered(mongo, "case-g"))
    [message] = until(lambda: parked(client, tokens))
    assert message["attempts"] == 3 and "ValueError" in message["reason"]
    assert message["origin"] == "submission.events/CaseSubmitted"
    assert json.loads(message["body"])["subject"] == "case-f"
    operator = tokens(Role.OPERATOR)
    assert parked(client, tokens) == [message]
    assert review.metric(f'xinlv_events_total{{outcome="failed",{SUBMITTED}}}') == 3
    assert review.metric(f'xinlv_events_total{{outcome="parked",{SUBMITTED}}}') == 1
    assert review.metric(f'xinlv_events_total{{outcome="handled",{SUBMITTED}}}') == 1

    tried = client.call("review", "replay_parked", {"all": True, "dry_run": True}, operator)
    assert tried["chosen"] == [message["parked_id"]] and tried["left"] == 1
    mongo["xinlv_review"].gates.insert_one({"_id": "open"})
    done = client.call("review", "replay_parked", {"parked_ids": [message["parked_id"], "prk-x"]}, operator)
    assert done["chosen"] == [message["parked_id"]] and done["missing"] == ["prk-x"] and done["left"] == 0
    until(lambda: remembered(mongo, "case-f"))
    assert mongo["xinlv_review"].audit.count_documents({"action": "replay_parked"}) == 1


def test_what_is_late_is_waited_for(samples: Any, client: Any, tokens: Any, mongo: Any) -> None:
    samples("submission")
    review = samples("review")
    submit(client, tokens, "case-l", "later")
    until(
        lambda: 'outcome="not_yet",type="xinlv.submission.CaseSubmitted.v1"} 7' in review.get("/metrics")[1]
    )
    assert remembered(mongo, "case-l") is None
    mongo["xinlv_review"].gates.insert_one({"_id": "open"})
    until(lambda: remembered(mongo, "case-l"))
    assert parked(client, tokens) == []
    # from being told: the waits of inbox.SOON are in it
    took = until(lambda: review.metric(f"xinlv_events_end_to_end_seconds_sum{{{SUBMITTED}}}"))
    assert sum(SOON) < took < 60


def test_an_unreadable_body_is_parked_at_once_and_can_be_discarded(
    samples: Any, client: Any, tokens: Any, broker: Any
) -> None:
    review = samples("review")
    for payload in ("not json", '{"specversion": "1.0"}', '{"a": [1]}'):
        broker.post(
            "exchanges",
            topology.INNER,
            "submission.events",
            "publish",
            body={
                "routing_key": "CaseSubmitted",
                "payload": payload,
                "payload_encoding": "string",
                "properties": {},
            },
        )
    found = until(lambda: len(rows := parked(client, tokens)) == 3 and rows)
    assert all("unreadable" in row["reason"] for row in found)
    assert review.metric('xinlv_events_total{outcome="parked",type="unreadable"}') == 3
    operator = tokens(Role.OPERATOR)
    first = client.call("review", "list_parked", {"limit": 2}, operator)
    second = client.call("review", "list_parked", {"limit": 2, "after": first["next"]}, operator)
    assert [*first["items"], *second["items"]] == found and second["next"] is None
    done = client.call(
        "review", "discard_parked", {"parked_ids": [found[0]["parked_id"]], "reason": "rubbish"}, operator
    )
    assert done["left"] == 2
    client.call("review", "discard_parked", {"all": True, "reason": "rubbish"}, operator)
    until(lambda: depth(broker, names.parked("review")) == 0)


def withdrawn(case_id: str) -> Event:
    kind = find_event("xinlv.submission.CaseWithdrawn.v1")
    assert kind is not None
    data = {"case_id": case_id, "edition_id": "xl3", "unit_id": "unit-1", "reason": "why"}
    return Event(f"evt-{case_id}", kind, case_id, datetime.now(UTC), 2, "cor-1", "", data)


def test_what_only_the_next_release_wants_is_kept_for_it(
    samples: Any, client: Any, tokens: Any, broker: Any
) -> None:
    review = samples("review")
    place = ("bindings", topology.INNER, "e", "submission.events", "q", names.inbox("review"))
    broker.post(*place, body={"routing_key": "CaseWithdrawn", "arguments": {}})
    try:
        for exchange, key, case_id in (
            ("submission.replay", names.inbox("review"), "case-again"),  # sent again with all the others
            ("submission.events", "CaseWithdrawn", "case-new"),
        ):
            answer = broker.post(
                "exchanges", topology.INNER, exchange, "publish",
                body={
                    "routing_key": key, "payload": json.dumps(withdrawn(case_id).to_cloudevent()),
                    "payload_encoding": "string", "properties": {"message_id": f"evt-{case_id}"},
                },
            )  # fmt: skip
            assert answer["routed"]
        [message] = until(lambda: parked(client, tokens), 30)
        assert message["event_id"] == "evt-case-new" and message["reason"] == "nothing reacts to it"
        counted = 'outcome="unwanted",type="xinlv.submission.CaseWithdrawn.v1"} 10.0'
        assert counted in review.get("/metrics")[1]  # once again, once told, and eight waits
        # put back before its time, it is kept again
        client.call("review", "replay_parked", {"all": True}, tokens(Role.OPERATOR))
        until(lambda: counted not in review.get("/metrics")[1])
        [message] = until(lambda: parked(client, tokens), 30)
        assert message["event_id"] == "evt-case-new"
    finally:
        broker.delete(*place, "CaseWithdrawn")


def test_a_killer_is_parked_and_its_neighbours_live(
    samples: Any, client: Any, tokens: Any, mongo: Any, broker: Any
) -> None:
    samples("submission")
    for turn in range(5):
        submit(client, tokens, f"case-{turn}")
    submit(client, tokens, "case-p", "poison")
    for turn in range(5, 10):
        submit(client, tokens, f"case-{turn}")
    review = samples("review", ready=False)

    def done() -> bool:
        if review.process.poll() is not None:
            review.launch()
        return mongo["xinlv_review"].cases.count_documents({}) == 10

    until(done, 60, review.tail())
    review.ready()
    [message] = until(lambda: parked(client, tokens))
    assert json.loads(message["body"])["subject"] == "case-p" and "3 times" in message["reason"]
    assert mongo["xinlv_review"].counts.count_documents({"times": 1}) == 10
    assert mongo["xinlv_review"].attempts.count_documents({}) == 0


def test_past_events_can_be_sent_to_one_consumer_again(
    samples: Any, client: Any, tokens: Any, mongo: Any
) -> None:
    samples("submission")
    samples("review")
    for turn in range(5):
        submit(client, tokens, f"case-{turn}")
    until(lambda: mongo["xinlv_review"].cases.count_documents({}) == 5)
    until(lambda: mongo["xinlv_submission"].outbox.count_documents({"published": None}) == 0)
    ids = [row["_id"] for row in mongo["xinlv_submission"].outbox.find({})]
    operator = tokens(Role.OPERATOR)
    events = [{"event_id": event_id, "type": "xinlv.submission.CaseSubmitted.v1"} for event_id in ids]
    assert client.call("review", "list_unhandled", {"events": events}, operator) == {"unhandled": []}

    for name in ("cases", "inbox"):
        mongo["xinlv_review"][name].delete_many({})
    missing = client.call("review", "list_unhandled", {"events": events}, operator)["unhandled"]
    assert [row["reactions"] for row in missing] == [["remember_case"]] * 5
    arguments = {"to": "review", "type": "CaseSubmitted", "since": "2020-01-01T00:00:00Z"}
    assert client.call("submission", "replay_events", {**arguments, "dry_run": True}, operator)["rows"] == 5
    job = client.call("submission", "replay_events", arguments, operator)
    until(lambda: mongo["xinlv_review"].cases.count_documents({}) == 5)
    shown = until(
        lambda: (
            (told := client.call("submission", "job", {"job_id": job["job_id"]}, operator))["status"]
            == "done"
            and told
        )
    )
    assert shown["result"] == {"sent": 5}
