"""The same command, and the same event, 100 times at once, with two replicas on each side."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts.words import Role
from plumbing.bus import names
from tests.faults.rig import Node
from tests.support.waiting import until

pytestmark = pytest.mark.stack
TIMES = 100
RPC = 'xinlv_rpc_total{method="submit_case",outcome="ok"}'
EVENTS = 'xinlv_events_total{outcome="%s",type="xinlv.submission.CaseSubmitted.v1"}'


def test_a_hundred_are_one(
    nodes: Any, client: Any, tokens: Any, oracle: Any, dice: Any, wire: Any, mongo: Any, depth_of: Any,
    settings_of: Any, seed: int,
) -> None:  # fmt: skip
    submitters, keepers = _start_two(nodes, "submission"), _start_two(nodes, "review")
    token = tokens(Role.ENTRANT)
    others = [f"other-{number}" for number in range(dice.randint(20, 40))]
    sent = [*["same"] * TIMES, *others]
    dice.shuffle(sent)
    begin = threading.Barrier(len(sent))

    def call(case_id: str) -> Any:
        begin.wait(30)
        args = {"case_id": case_id}
        return client.call("submission", "submit_case", args, token, f"cmd-{case_id}", timeout=20)

    # nobody handles the first one before the last one is there; two replicas hold what they may
    at_hand = 2 * settings_of("submission").workers
    with _all_held(keepers):
        with ThreadPoolExecutor(len(sent)) as pool:
            with _all_held(submitters):
                asked = [pool.submit(call, case_id) for case_id in sent]
                until(lambda: depth_of(names.rpc_queue("submission")) == len(sent) - at_hand)
            answers = [(case_id, one.result(60)) for case_id, one in zip(sent, asked, strict=True)]
        oracle.outbox_drains()
        rows = list(mongo.xinlv_submission.outbox.find())
        again = [*[row for row in rows if row["subject"] == "same"] * TIMES, *rows]
        dice.shuffle(again)
        wire.publish_together(_message(row) for row in again)
    assert len({str(answer) for case_id, answer in answers if case_id == "same"}) == 1, "answered otherwise"
    assert all(node.metric(RPC) for node in submitters), "one replica was asked everything"
    assert sum(node.metric("xinlv_fault_shared_total") for node in submitters), "no transaction was shared"
    oracle.holds(["same", *others])
    until(
        lambda: _count(keepers, "handled") + _count(keepers, "repeated") == len(rows) + len(again), 20,
        "not every copy was handled or known again",
    )  # fmt: skip
    assert _count(keepers, "handled") == len(rows), "an event was handled more than once"
    assert all(_count([node], "handled") + _count([node], "repeated") for node in keepers)


def _start_two(nodes: Any, name: str) -> list[Node]:
    pair = [nodes(name, ready=False) for _ in range(2)]
    for node in pair:
        node.ready()
    return pair


@contextlib.contextmanager
def _all_held(pair: list[Node]) -> Any:
    with pair[0].held(), pair[1].held():
        yield


def _message(row: dict[str, Any]) -> tuple[str, str, bytes, dict[str, Any]]:
    kept = {"content_type": "application/json", "content_encoding": "utf-8", "message_id": row["_id"]}
    return row["exchange"], row["routing_key"], row["body"], kept


def _count(keepers: list[Node], outcome: str) -> float:
    return sum(node.metric(EVENTS % outcome) for node in keepers)
