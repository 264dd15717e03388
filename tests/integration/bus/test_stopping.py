"""What a stop, a crash or a lost broker may cost: nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from contracts.errors import Refusal
from contracts.words import Role
from plumbing.bus import names, topology
from runner.stack import processes, rabbitmq
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long]


class Load:
    """Threads that submit cases until told to stop."""

    def __init__(self, client: Any, token: str, threads: int = 6) -> None:
        self._client = client
        self._token = token
        self._stop = threading.Event()
        self.accepted: list[str] = []
        self.refused: list[Refusal] = []
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def _work(self, number: int) -> None:
        turn = 0
        while not self._stop.is_set():
            turn += 1
            case_id = f"case-{number}-{turn}"
            try:
                self._client.call(
                    "submission", "submit_case", {"case_id": case_id}, self._token, f"cmd-{case_id}"
                )
                self.accepted.append(case_id)
            except Refusal as refusal:
                self.refused.append(refusal)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def waiting(broker: Any, queue: str) -> list[Any]:
    return broker.post(
        "queues",
        topology.INNER,
        queue,
        "get",
        body={"count": 10_000, "ackmode": "ack_requeue_true", "encoding": "auto"},
    )


def once_each(mongo: Any, accepted: list[str]) -> None:
    """Every accepted case was kept once, told once and remembered once."""
    until(lambda: mongo["xinlv_submission"].outbox.count_documents({"published": None}) == 0, 40)
    kept = {row["_id"] for row in mongo["xinlv_submission"].cases.find()}
    assert set(accepted) <= kept
    told = [row["subject"] for row in mongo["xinlv_submission"].outbox.find()]
    assert sorted(told) == sorted(kept)
    until(lambda: mongo["xinlv_review"].cases.count_documents({}) == len(kept), 40)
    assert mongo["xinlv_review"].counts.count_documents({"times": 1}) == len(kept)


def test_a_stop_under_load_gives_nothing_back(
    samples: Any, client: Any, tokens: Any, mongo: Any, broker: Any
) -> None:
    submission, review = samples("submission"), samples("review")
    load = Load(client, tokens(Role.ENTRANT))
    until(lambda: len(load.accepted) > 100)
    assert review.stop() == 0 and submission.stop() == 0
    # a quorum queue marks what it had on its way to a cancelled consumer, so look at what was really handled
    handled = {row["event_id"] for row in mongo["xinlv_review"].inbox.find()}
    assert handled.isdisjoint(
        row["properties"]["message_id"] for row in waiting(broker, names.inbox("review"))
    )
    assert not any(row["redelivered"] for row in waiting(broker, names.rpc_queue("submission")))
    submission.launch().ready()
    review.launch().ready()
    more = len(load.accepted) + 50
    until(lambda: len(load.accepted) > more)
    load.end()
    once_each(mongo, load.accepted)
    assert not any("Traceback" in sample.log.read_text() for sample in (submission, review))


def test_crashes_lose_and_double_nothing(samples: Any, client: Any, tokens: Any, mongo: Any) -> None:
    submission, review = samples("submission"), samples("review")
    load = Load(client, tokens(Role.ENTRANT))
    for sample in (submission, review, submission, review):
        more = len(load.accepted) + 60
        until(lambda more=more: len(load.accepted) > more, 40)
        sample.kill()
        sample.launch().ready()
    load.end()
    once_each(mongo, load.accepted)


def test_two_replicas_share_the_work_and_one_relays(
    samples: Any, client: Any, tokens: Any, mongo: Any
) -> None:
    first = samples("submission")
    second = samples("submission")
    samples("review")
    load = Load(client, tokens(Role.ENTRANT))
    until(lambda: len(load.accepted) > 100)
    first.kill()
    more = len(load.accepted) + 100
    until(lambda: len(load.accepted) > more, 40)
    load.end()
    once_each(mongo, load.accepted)
    relayed = 'xinlv_relay_events_total{receipt="confirmed"}'
    assert float(second.get("/metrics")[1].partition(relayed)[2].split()[0]) > 0


def test_lost_connections_are_made_again(
    samples: Any, client: Any, tokens: Any, mongo: Any, broker: Any
) -> None:
    submission, review = samples("submission"), samples("review")
    load = Load(client, tokens(Role.ENTRANT))
    for _ in range(3):
        more = len(load.accepted) + 40
        until(lambda more=more: len(load.accepted) > more, 40)
        for connection in until(lambda: broker.get("connections")):
            broker.delete("connections", connection["name"])
    submission.ready()
    review.ready()
    load.end()
    once_each(mongo, load.accepted)


def test_a_broker_that_restarts_is_waited_for(
    samples: Any, client: Any, tokens: Any, mongo: Any, stack: Any, broker: Any
) -> None:
    submission, review = samples("submission"), samples("review")
    token = tokens(Role.ENTRANT)
    for turn in range(20):
        client.call("submission", "submit_case", {"case_id": f"before-{turn}"}, token)
    child = stack.state.children()[rabbitmq.PART]
    processes.stop(child, grace=30)
    stack.state.forget(rabbitmq.PART)
    try:
        until(lambda: submission.get("/readyz")[0] == 503 and review.get("/readyz")[0] == 503)
        status, body = submission.get("/healthz")
        assert status == 200 and '"alive": true' in body
    finally:
        rabbitmq.start(stack.state, rabbitmq.provide(lambda *_: None), stack.secrets, follow=True)
        rabbitmq.wait(stack.state, stack.secrets)
    submission.ready()
    review.ready()
    accepted = [f"before-{turn}" for turn in range(20)]
    for turn in range(20):
        client.call("submission", "submit_case", {"case_id": f"after-{turn}"}, token, timeout=20)
        accepted.append(f"after-{turn}")
    once_each(mongo, accepted)


def test_parts_that_come_later_are_waited_for(samples: Any, client: Any, tokens: Any) -> None:
    early = samples("submission", ready=False, XINLV_MONGO_URL="mongodb://127.0.0.1:9/?replicaSet=no")
    until(lambda: early.get("/healthz")[0] == 200)
    status, body = early.get("/readyz")
    assert status == 503 and "database" in body
    assert early.stop() == 0
