"""Outsiders: they hear what is theirs, in the documented ways, and can break nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from amqp.exceptions import AccessRefused, AMQPError
from cloudevents.core.formats.json import JSONFormat

from contracts.events import Event
from contracts.events.registration import AccountInvited
from contracts.events.submission import CaseSubmitted
from contracts.words import Role
from plumbing.bus import declare, names, topology
from plumbing.bus.link import connect, send
from plumbing.bus.parts import Shovel
from plumbing.bus.strangers import find_stopped_shovels
from plumbing.bus.wire import message
from tests.integration.bus.conftest import ROOT, declared
from tests.support.waiting import until

pytestmark = pytest.mark.stack


class Example:
    """A program of docs/examples, running."""

    def __init__(self, name: str, url: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(ROOT / "docs" / "examples" / name), *arguments],
            env={**os.environ, "XINLV_PARTNERS_AMQP_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "listening"

    def line(self) -> str:
        """Return the next line it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def examples(stack: Any, broker: Any) -> Iterator[Any]:
    running: list[Example] = []

    def start(name: str, *arguments: str) -> Example:
        running.append(Example(name, stack.environment()["XINLV_PARTNERS_AMQP_URL"], *arguments))
        return running[-1]

    yield start
    for example in running:
        example.end()
    for queue in broker.get("queues", topology.PARTNERS):
        broker.delete("queues", topology.PARTNERS, queue["name"])


def tell(stack: Any, event: Event) -> None:
    """Publish as the service that tells it does."""
    connection = connect(stack.environment(event.kind.service)["XINLV_AMQP_URL"], "test")
    body = message(event.to_cloudevent(), delivery_mode=2, message_id=event.id)
    send(connection.channel(), body, event.kind.exchange, event.kind.routing_key)
    connection.close()


def event_of(kind: Any, data: dict[str, Any]) -> Event:
    return Event(f"evt-{uuid.uuid4().hex}", kind, "subject-1", datetime.now(UTC), 1, "cor-1", "cause-1", data)


def test_both_examples_hear_a_submitted_case(
    samples: Any, client: Any, tokens: Any, examples: Any, mongo: Any
) -> None:
    samples("submission")
    nameko_service = examples("stock_nameko_subscriber.py")
    plain_client = examples("plain_amqp_client.py", "#")
    client.call(
        "submission", "submit_case", {"case_id": "case-1", "reason": "绿色基站"}, tokens(Role.ENTRANT)
    )
    row = mongo["xinlv_submission"].outbox.find_one({})
    assert nameko_service.line().split() == [
        row["_id"],
        "xinlv.submission.CaseSubmitted.v1",
        "case-1",
        "绿色基站",
    ]
    assert plain_client.line().split() == [row["_id"], "xinlv.submission.CaseSubmitted.v1", "case-1", "1"]
    document = JSONFormat().read(None, row["body"])
    assert document.get_source() == "urn:xinlv:submission" and document.get_extension("correlationid")


def test_outsiders_do_not_hear_what_is_internal(stack: Any, examples: Any, broker: Any) -> None:
    plain_client = examples("plain_amqp_client.py", "#")
    tell(stack, event_of(AccountInvited, {"account_id": "a-1"}))
    public = event_of(CaseSubmitted, {"title": "x"})
    tell(stack, public)
    assert plain_client.line().startswith(public.id)


def test_a_partner_reaches_nothing_inside_and_tells_nothing_outside(stack: Any, broker: Any) -> None:
    url = stack.environment()["XINLV_PARTNERS_AMQP_URL"]
    with pytest.raises((AMQPError, OSError)):
        connect(url.replace("/partners", "/xinlv"), "intruder")
    connection = connect(url, "partner")
    channel = connection.channel()
    send(channel, message({"forged": True}, message_id="1"), "submission.events", "CaseSubmitted")
    with pytest.raises(AccessRefused):
        channel.queue_declare("partner.mine")
    connection.collect()


def test_no_partner_harms_what_all_of_them_listen_to_nor_anothers_queue(stack: Any, broker: Any) -> None:
    url = stack.environment()["XINLV_PARTNERS_AMQP_URL"]
    wanted, two = declared(stack), topology.describe({}, partners=("partner", "other"))
    rights = [right for right in wanted.rights if right.user != "partner"]
    rights += [right for right in two.rights if right.user in ("partner", "other")]
    try:
        both = replace(wanted, users=(*wanted.users, "other"), rights=tuple(rights))
        declare.apply(both, broker, {"other": "secret-of-other"})
        with connect(f"amqp://other:secret-of-other@{url.rpartition('@')[2]}", "other") as connection:
            channel = connection.channel()
            channel.queue_declare("other.mine", durable=True)
            channel.queue_bind("other.mine", names.ALL_EVENTS, "#")
        for act in (
            lambda channel: channel.exchange_delete(names.ALL_EVENTS),
            lambda channel: channel.exchange_declare(names.ALL_EVENTS, "topic", durable=True),
            lambda channel: channel.basic_consume("other.mine"),
            lambda channel: channel.queue_purge("other.mine"),
            lambda channel: channel.queue_delete("other.mine"),
        ):
            connection = connect(url, "partner")
            with pytest.raises(AccessRefused):
                act(connection.channel())
            connection.collect()
    finally:
        broker.delete("users", "other")
        broker.delete("queues", topology.PARTNERS, "other.mine")
        declare.apply(wanted, broker, {})


@pytest.mark.parametrize(
    "act",
    [
        lambda channel: channel.queue_declare("submission.inbox2", durable=True),
        lambda channel: channel.queue_delete("review.inbox"),
        lambda channel: channel.basic_consume("review.inbox"),
        lambda channel: channel.exchange_declare("other.events", "topic"),
        lambda channel: channel.queue_bind("rpc-submission", names.RPC_EXCHANGE, "review.*"),
        lambda channel: channel.basic_consume(names.rpc_queue("registration")),
    ],
)
def test_a_service_has_rights_on_its_own_only(stack: Any, broker: Any, act: Any) -> None:
    connection = connect(stack.environment("submission")["XINLV_AMQP_URL"], "submission")
    with pytest.raises(AccessRefused):
        act(connection.channel())
    connection.collect()


def test_a_reply_queue_cannot_overhear_calls(stack: Any, broker: Any) -> None:
    connection = connect(stack.environment("submission")["XINLV_AMQP_URL"], "submission")
    channel = connection.channel()
    channel.queue_declare("xinlv.reply-submission-x", auto_delete=True)
    with pytest.raises(AccessRefused):
        channel.queue_bind("xinlv.reply-submission-x", names.RPC_EXCHANGE, "registration.*")
    connection.collect()


def test_what_differs_is_told_and_put_right(stack: Any, broker: Any) -> None:
    wanted = declared(stack)
    assert declare.compare(wanted, broker) == []
    broker.delete("bindings", topology.INNER, "e", "submission.events", "q", "review.inbox", "CaseSubmitted")
    broker.post(
        "bindings", topology.INNER, "e", "awards.events", "q", "review.inbox", body={"routing_key": "#"}
    )
    broker.delete("queues", topology.INNER, names.UNHEARD)
    broker.put("permissions", topology.INNER, "notify", body={"configure": ".*", "write": ".*", "read": ".*"})
    broker.delete("policies", topology.INNER, "rpc-requests")
    found = {str(difference) for difference in declare.apply(wanted, broker, {}, dry_run=True)}
    assert {
        "binding submission.events -CaseSubmitted-> review.inbox@xinlv: missing",
        "binding awards.events -#-> review.inbox@xinlv: not declared",
        "queue events.unheard@xinlv: missing",
        "rights notify@xinlv: differ",
        "policy rpc-requests@xinlv: missing",
    } <= found
    assert {str(difference) for difference in declare.apply(wanted, broker, {})} == found
    assert declare.compare(wanted, broker) == []


def test_what_nobody_declared_on_the_inner_host_is_told_and_left_to_a_person(
    stack: Any, broker: Any, client: Any
) -> None:
    wanted, everything = declared(stack), {"configure": ".*", "write": ".*", "read": ".*"}
    with connect(stack.environment()["XINLV_AMQP_URL"], "test") as connection:
        channel = connection.channel()
        replies = "xinlv.reply-desk-test"
        channel.queue_declare(replies, auto_delete=True)
        channel.queue_bind(replies, names.RPC_EXCHANGE, str(uuid.uuid4()))
        assert declare.compare(wanted, broker) == [], "answers to callers are no strangers"
    try:
        broker.put("users", "stranger", body={"password_hash": "", "tags": ""})
        assert declare.compare(wanted, broker) == [], "a user who may do nothing here is none"
        broker.put("permissions", topology.INNER, "stranger", body=everything)
        broker.put("permissions", topology.INNER, "partner", body=everything)
        topic = {"exchange": "submission.events", "write": "^$", "read": "^$"}
        broker.put("topic-permissions", topology.INNER, "submission", body=topic)
        # not what any inbox could reach: RabbitMQ 3.10 would keep waiting queues from returning anything to
        # it, even when the policy is gone
        policy = {"pattern": "inbox", "definition": {"max-length": 1_000_000_000}, "apply-to": "queues"}
        broker.put("policies", topology.INNER, "shorten", body=policy)
        for queue, exchange, key in (
            ("tap", "submission.events", "#"), ("xinlv.reply-desk-tap", names.RPC_EXCHANGE, "submission.*"),
        ):  # fmt: skip
            broker.put("queues", topology.INNER, queue, body={"durable": True, "arguments": {}})
            path = ("bindings", topology.INNER, "e", exchange, "q", queue)
            broker.post(*path, body={"routing_key": key})
        expected = {
            "rights stranger@xinlv: not declared (change it by hand)",
            "rights partner@xinlv: not declared (change it by hand)",
            "topic rights submission@xinlv submission.events: not declared (change it by hand)",
            "policy shorten@xinlv: not declared (change it by hand)",
            "binding submission.events -#-> tap@xinlv: not declared (change it by hand)",
            "binding nameko-rpc -submission.*-> xinlv.reply-desk-tap@xinlv: not declared (change it by hand)",
        }
        assert {str(difference) for difference in declare.apply(wanted, broker, {})} == expected
        assert {str(difference) for difference in declare.compare(wanted, broker)} == expected
    finally:
        broker.delete("users", "stranger")
        broker.delete("permissions", topology.INNER, "partner")
        broker.delete("topic-permissions", topology.INNER, "submission")
        broker.delete("policies", topology.INNER, "shorten")
        broker.delete("queues", topology.INNER, "tap")
        broker.delete("queues", topology.INNER, "xinlv.reply-desk-tap")
        declare.apply(wanted, broker, {})
    assert declare.compare(wanted, broker) == []


def test_a_shovel_that_does_not_run_is_told(stack: Any, broker: Any) -> None:
    wanted = declared(stack)
    until(lambda: find_stopped_shovels(wanted, broker) == [])
    (shovel,) = wanted.shovels
    lost = Shovel(shovel.vhost, "lost", {**shovel.value, "src-queue": "nowhere"})
    broker.put("parameters", "shovel", lost.vhost, lost.name, body={"value": dict(lost.value)})
    try:
        several = replace(wanted, shovels=(shovel, lost))
        assert not [found for found in declare.compare(several, broker) if found.kind == "shovel"]
        (found,) = find_stopped_shovels(several, broker)
        assert str(found).startswith("shovel lost@xinlv: does not run")
    finally:
        broker.delete("parameters", "shovel", lost.vhost, lost.name)


def test_a_queue_with_other_arguments_is_left_to_a_person(stack: Any, broker: Any) -> None:
    wanted = declared(stack)
    broker.delete("queues", topology.INNER, names.UNHEARD)
    broker.put("queues", topology.INNER, names.UNHEARD, body={"durable": True, "arguments": {}})
    found = declare.apply(wanted, broker, {})
    assert [difference.name for difference in found if difference.by_hand] == [
        f"{names.UNHEARD}@{topology.INNER}"
    ]
    broker.delete("queues", topology.INNER, names.UNHEARD)
    declare.apply(wanted, broker, {})
    assert declare.compare(wanted, broker) == []


def test_what_an_earlier_release_left_is_named_and_kept(stack: Any, broker: Any) -> None:
    wanted = declared(stack)
    broker.put("exchanges", topology.INNER, "parking", body={"type": "topic", "durable": True})
    broker.put("queues", topology.INNER, "retry.10s", body={"durable": True, "arguments": {}})
    try:
        what = "left over; delete it when it is empty (change it by hand)"
        told = {f"exchange parking@xinlv: {what}", f"queue retry.10s@xinlv: {what}"}
        for _ in range(2):
            assert {str(difference) for difference in declare.apply(wanted, broker, {})} == told
    finally:
        broker.delete("exchanges", topology.INNER, "parking")
        broker.delete("queues", topology.INNER, "retry.10s")
    assert declare.compare(wanted, broker) == []


def test_a_wrong_password_is_noticed_and_set(stack: Any, broker: Any) -> None:
    wanted = declared(stack)
    known = {"desk": stack.secrets["clients"]["desk"]["password"]}
    assert declare.apply(wanted, broker, known, dry_run=True) == []
    broker.put("users", "desk", body={"password": "other", "tags": ""})
    assert [str(found) for found in declare.apply(wanted, broker, known)] == [
        "user desk: has another password"
    ]
    connect(stack.environment()["XINLV_AMQP_URL"], "desk").close()


def test_facts_wait_for_a_subscriber_that_is_away(stack: Any, examples: Any) -> None:
    plain_client = examples("plain_amqp_client.py", "CaseSubmitted")
    plain_client.end()
    missed = event_of(CaseSubmitted, {"title": "x"})
    tell(stack, missed)
    again = examples("plain_amqp_client.py", "CaseSubmitted")
    assert until(again.line).startswith(missed.id)
