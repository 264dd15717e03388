"""RPC on the real broker: once for each id, typed refusals, stock clients, timeouts."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn, Unavailable
from contracts.words import Role
from plumbing.bus import names, wire
from plumbing.bus.link import connect, send
from tests.support.waiting import until

pytestmark = pytest.mark.stack


def test_fifty_duplicates_at_once_have_one_effect(samples: Any, client: Any, tokens: Any, mongo: Any) -> None:
    samples("submission", XINLV_WORKERS="20")
    token = tokens(Role.ENTRANT)

    def call(_turn: int) -> Any:
        return client.call("submission", "submit_case", {"case_id": "case-1"}, token, "cmd-1", timeout=20)

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(call, range(50)))
    assert all(result == results[0] for result in results)
    database = mongo["xinlv_submission"]
    assert database.cases.count_documents({}) == 1
    assert database.outbox.count_documents({}) == 1
    assert database.audit.count_documents({"action": "submit_case"}) == 1
    with pytest.raises(Conflict):
        client.call("submission", "submit_case", {"case_id": "case-2"}, token, "cmd-1")


def test_refusals_arrive_as_what_they_are(samples: Any, client: Any, tokens: Any) -> None:
    sample = samples("submission")
    token = tokens(Role.ENTRANT)
    with pytest.raises(NotSignedIn):
        client.call("submission", "get_case", {"case_id": "x"})
    with pytest.raises(NotSignedIn):
        client.call("submission", "get_case", {"case_id": "x"}, token[:-4] + "AAAA")
    with pytest.raises(NotAllowed):
        client.call("submission", "submit_case", {"case_id": "x"}, tokens(Role.AUDITOR))
    with pytest.raises(NotFound):
        client.call("submission", "get_case", {"case_id": "x"}, token)
    with pytest.raises(InvalidInput) as refused:
        client.call("submission", "submit_case", {"case_id": 7, "other": 1}, token)
    assert {field.field for field in refused.value.fields} == {"case_id", "other"}
    client.call("submission", "submit_case", {"case_id": "y"}, token)
    with pytest.raises(Unavailable) as failed:
        client.call("submission", "submit_case", {"case_id": "x", "reason": "crash"}, token)
    assert "hunter2" not in str(failed.value) and failed.value.facts["error_id"] in str(failed.value)
    assert sample.said(failed.value.facts["error_id"]) == 1
    assert counted_calls(sample, "get_case") == {"NotSignedIn": 2, "NotFound": 1, "seconds": 3}
    assert counted_calls(sample, "submit_case") == {
        "NotAllowed": 1, "InvalidInput": 1, "Failed": 1, "ok": 1, "seconds": 4,
    }  # fmt: skip
    assert sample.metric('xinlv_rpc_seconds_sum{method="submit_case"}') > 0


def counted_calls(sample: Any, method: str) -> dict[str, float]:
    """Calls of a method by their outcome, and how many were timed."""
    found = {"seconds": sample.metric(f'xinlv_rpc_seconds_count{{method="{method}"}}')}
    for line in sample.get("/metrics")[1].splitlines():
        if line.startswith(f'xinlv_rpc_total{{method="{method}",'):
            found[line.partition('outcome="')[2].partition('"')[0]] = float(line.rpartition(" ")[2])
    return found


def test_a_service_that_nobody_runs_is_unavailable_in_time(client: Any, clean: None, tokens: Any) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        client.call("awards", "list_jobs", {}, tokens(Role.OPERATOR), timeout=1)
    assert time.monotonic() - started < 3


def test_a_call_past_its_deadline_is_dropped(samples: Any, client: Any, tokens: Any, mongo: Any) -> None:
    with pytest.raises(Unavailable):
        client.call("submission", "submit_case", {"case_id": "late"}, tokens(Role.ENTRANT), timeout=0.05)
    samples("submission")
    client.call("submission", "submit_case", {"case_id": "other"}, tokens(Role.ENTRANT), timeout=5)
    assert [row["_id"] for row in mongo["xinlv_submission"].cases.find()] == ["other"]


def test_a_stock_client_calls_and_reads_refusals(samples: Any, stack: Any, tokens: Any, mongo: Any) -> None:
    from nameko.exceptions import RemoteError
    from nameko.standalone.rpc import ClusterRpcProxy

    samples("submission")
    config = {"AMQP_URI": stack.environment()["XINLV_AMQP_URL"]}
    with ClusterRpcProxy(config, context_data={"token": tokens(Role.ENTRANT)}, timeout=10) as cluster:
        assert cluster.submission.submit_case(case_id="stock-1")["case_id"] == "stock-1"
        assert cluster.submission.get_case(case_id="stock-1") == {"case_id": "stock-1", "title": "plain"}
        with pytest.raises(RemoteError, match="Submitted already"):
            cluster.submission.submit_case(case_id="stock-1")
        with pytest.raises(RemoteError, match="by name"):
            cluster.submission.get_case("stock-1")
        with pytest.raises(RemoteError, match="no such method"):
            cluster.submission.no_such_method()
    assert mongo["xinlv_submission"].cases.count_documents({}) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"kwargs": []}',
        b'{"args": [], "kwargs": {"a": NaN}}',
        b"\xff\xfe",
        b"[" * 9000,
        b'{"args": [], "kwargs": {"\\ud800": 1}}',
    ],
)
def test_a_malformed_request_is_refused_and_hurts_nobody(
    samples: Any, client: Any, tokens: Any, stack: Any, body: bytes
) -> None:
    sample = samples("submission")
    answers = _send_raw(stack, body, {names.TOKEN: tokens(Role.ENTRANT)})
    with pytest.raises(InvalidInput):
        wire.read_answer(answers[0])
    client.call("submission", "submit_case", {"case_id": "after"}, tokens(Role.ENTRANT))
    assert sample.process.poll() is None


def test_many_threads_share_one_client(samples: Any, client: Any, tokens: Any) -> None:
    samples("submission")
    token = tokens(Role.ENTRANT)
    wrong: list[Any] = []

    def work(worker: int) -> None:
        for turn in range(10):
            case_id = f"c-{worker}-{turn}"
            if client.call("submission", "submit_case", {"case_id": case_id}, token)["case_id"] != case_id:
                wrong.append(case_id)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_connection_the_broker_still_believes_in_takes_no_answers(
    samples: Any, client: Any, tokens: Any, stack: Any
) -> None:
    samples("submission")
    token = tokens(Role.ENTRANT)
    client.call("submission", "submit_case", {"case_id": "case-1"}, token)
    # what listens on behind a lost connection: a consumer beside ours that nobody reads any more
    behind = connect(stack.environment()["XINLV_AMQP_URL"], "half open")
    try:
        behind.channel().basic_consume(f"xinlv.reply-client-{client._reply_key}", no_ack=True)
        lost = client._link.connection
        client._link.fail()
        until(lambda: client._link.is_open and client._link.connection is not lost)
        for _ in range(6):
            client.call("submission", "get_case", {"case_id": "case-1"}, token, timeout=5)
    finally:
        behind.close()


def _send_raw(stack: Any, body: bytes, headers: dict[str, str]) -> list[Any]:
    """Send a request of any bytes and return what is answered."""
    import amqp

    connection = connect(stack.environment()["XINLV_AMQP_URL"], "raw")
    channel = connection.channel()
    key, answers = uuid.uuid4().hex, []
    queue = f"xinlv.reply-raw-{key}"
    channel.queue_declare(queue, auto_delete=True)
    channel.queue_bind(queue, names.RPC_EXCHANGE, key)
    channel.basic_consume(queue, no_ack=True, callback=lambda message: answers.append(message.body))
    message = amqp.Message(
        body, content_type="application/json", reply_to=key, correlation_id="1", application_headers=headers
    )
    send(channel, message, names.RPC_EXCHANGE, "submission.submit_case")
    while not answers:
        connection.drain_events(timeout=5)
    connection.close()
    return answers
