"""A thief of one service's broker password tells events in another's name, by every way the broker has."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import amqp
import pytest
from amqp.exceptions import AccessRefused

from contracts.words import Role
from plumbing.bus import names
from plumbing.bus.client import Client
from plumbing.bus.link import connect
from plumbing.bus.management import Management
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import Settings
from runner.stack import Stack
from tests.support.waiting import until

pytestmark = pytest.mark.stack
SAMPLE = Path(__file__).resolve().parents[2] / "contracts/events/samples/registration/SessionsRevoked.v1.json"
VICTIM, THIEF, FORGED = "review", "notify", "registration"
OPEN_TO_THE_THIEF = (
    names.event_exchange(THIEF), names.replay_exchange(THIEF), names.retry_exchange(THIEF),
    names.RPC_EXCHANGE,
)  # fmt: skip
GOALS = [
    names.inbox(VICTIM), names.parked(VICTIM), names.retry_queue(VICTIM, 0.3), names.retry_queue(THIEF, 0.3),
    "SessionsRevoked",
]  # fmt: skip
BELIEVED = {
    names.TELLER: FORGED,
    names.ORIGIN: "registration.events/SessionsRevoked",
    "x-death": [{"queue": names.retry_queue(VICTIM, 0.3), "exchange": "", "reason": "expired", "count": 1}],
}


@pytest.fixture(scope="module")
def stack(own_stack: Stack) -> Stack:
    """A stack nobody has used: what was forged stays in inboxes."""
    return own_stack


@pytest.fixture
def channel_of(stack: Stack) -> Iterator[Callable[[str], amqp.Channel]]:
    """A fresh channel of a service's own broker user."""
    opened: list[amqp.Connection] = []

    def get(service: str) -> amqp.Channel:
        opened.append(connect(stack.environment(service)["XINLV_AMQP_URL"], "thief"))
        return opened[-1].channel()

    yield get
    for connection in opened:
        connection.collect()


@pytest.fixture
def call(stack: Stack) -> Iterator[Callable[..., Any]]:
    """Call the victim as an operator."""
    told = Settings.from_environment(FORGED, stack.environment(FORGED))
    signer = Tokens(FORGED, Keyring(told.keyring), told.signing_key)
    with Client(stack.environment()["XINLV_AMQP_URL"], timeout=15) as client:

        def ask(method: str, args: dict[str, Any]) -> Any:
            return client.call(VICTIM, method, args, signer.sign_user("acc-boss", [Role.OPERATOR]))

        yield ask


def revoked(account: str, **headers: Any) -> amqp.Message:
    """Return an event of registration that ends somebody's sessions, as it travels."""
    event = json.loads(SAMPLE.read_text("utf-8")) | {"id": f"evt-{uuid.uuid4().hex}", "subject": account}
    event["data"] |= {"account_id": account, "revoked_at": datetime.now(UTC).isoformat()}
    return amqp.Message(
        json.dumps(event), content_type="application/json", delivery_mode=2, message_id=event["id"],
        type=event["type"], application_headers=headers,
    )  # fmt: skip


def forge(channel: amqp.Channel, exchange: str, keys: list[str], why: str) -> None:
    """Publish the event under each key alone, and under harmless ones with all goals beside it."""
    for key in keys:
        for hidden in ({}, {"CC": GOALS}, {"BCC": GOALS}):
            message = revoked(f"acc-{why}-{key}-{''.join(hidden)}", **BELIEVED, **hidden)
            channel.basic_publish_confirm(message, exchange, key)


def own_queue(channel: amqp.Channel, arguments: dict[str, Any]) -> str:
    """Declare a queue the thief may have, and return its name."""
    queue = f"xinlv.reply-{THIEF}-{uuid.uuid4().hex}"
    channel.queue_declare(queue, durable=False, auto_delete=False, arguments=arguments)
    return queue


def dead_letter(channel: amqp.Channel, exchange: str) -> None:
    """Let the event expire in a queue of the thief's own that passes it on to the victim."""
    for goal in GOALS:
        leads = {"x-dead-letter-exchange": exchange, "x-dead-letter-routing-key": goal}
        queue, key = own_queue(channel, leads | {"x-message-ttl": 1}), uuid.uuid4().hex
        channel.queue_bind(queue, names.RPC_EXCHANGE, key)
        forge(channel, names.RPC_EXCHANGE, [key], f"dead-{exchange}")


def chain(channel: amqp.Channel, exchange: str) -> None:
    """Bind an exchange of the thief's own behind the exchange of calls, so that another one is the origin."""
    key = uuid.uuid4().hex
    channel.exchange_bind(exchange, names.RPC_EXCHANGE, key)
    forge(channel, names.RPC_EXCHANGE, [key], f"chained-{exchange}")


def depth(stack: Stack, *queues: str) -> int:
    """Count what lies in queues, taken and not."""
    told = stack.environment()
    management = Management(
        told["XINLV_BROKER_MANAGEMENT_URL"], told["XINLV_BROKER_MANAGEMENT_USER"],
        told["XINLV_BROKER_MANAGEMENT_PASSWORD"],
    )  # fmt: skip
    found = {row["name"]: row.get("messages", 1) for row in management.get("queues", "xinlv")}
    return sum(found[queue] for queue in queues)


def test_nothing_told_in_anothers_name_is_handled(
    stack: Stack, own_mongo: Any, service_processes: Any, channel_of: Any, call: Any
) -> None:
    service_processes(VICTIM)
    thief = channel_of(THIEF)
    thief.confirm_select()
    for exchange in OPEN_TO_THE_THIEF:
        forge(thief, exchange, [*GOALS, names.inbox(THIEF), "nothing"], exchange)
        if exchange != names.RPC_EXCHANGE:
            dead_letter(thief, exchange)
            chain(thief, exchange)
    honest = channel_of(FORGED)
    honest.confirm_select()
    honest.basic_publish_confirm(revoked("acc-true"), names.event_exchange(FORGED), "SessionsRevoked")

    rows = own_mongo[f"xinlv_{VICTIM}"]
    waiting = [names.retry_queue(service, delay) for service in (VICTIM, THIEF) for delay in (0.3, 1, 3)]

    def settled() -> bool:
        return bool(rows.revocations.count_documents({})) and not depth(stack, names.inbox(VICTIM), *waiting)

    def parked() -> dict[str, Any]:
        found, page = [], {"next": None}
        while not found or page["next"]:
            after = {"after": page["next"]} if page["next"] else {}
            page = call("list_parked", {"limit": 200, **after})
            found += page["items"]
        return {row["parked_id"]: row for row in found}

    until(settled, 60, "what was forged goes round and round")
    assert [row["_id"] for row in rows.revocations.find({})] == ["acc-true"]
    first = parked()
    assert all(row["reason"].startswith("forged: ") for row in first.values()), first
    origins = {row["origin"].partition("/")[0] for row in first.values()}
    assert origins == {names.replay_exchange(THIEF), names.RPC_EXCHANGE}, "not every attack reached the inbox"

    # an operator who puts everything back does not make it true
    call("replay_parked", {"all": True})
    until(lambda: len(again := parked()) == len(first) and not again.keys() & first.keys(), 30)
    assert [row["_id"] for row in rows.revocations.find({})] == ["acc-true"]
    assert rows.inbox.count_documents({}) == 1


@pytest.mark.parametrize("exchange", ["", names.retry_exchange(VICTIM), names.replay_exchange(FORGED)])
def test_no_queue_of_ones_own_leads_into_anothers_exchange(channel_of: Any, exchange: str) -> None:
    with pytest.raises(AccessRefused):
        own_queue(channel_of(THIEF), {"x-dead-letter-exchange": exchange})


@pytest.mark.parametrize("service", [THIEF, "submission"])
def test_no_exchange_of_anothers_can_be_bound(channel_of: Any, service: str) -> None:
    for source, goal in (
        (names.event_exchange(service), names.retry_exchange(VICTIM)),
        (names.RPC_EXCHANGE, names.retry_exchange(VICTIM)),
        (names.retry_exchange(VICTIM), names.replay_exchange(service)),
        (names.event_exchange(VICTIM), names.replay_exchange(service)),
    ):
        with pytest.raises(AccessRefused):
            channel_of(service).exchange_bind(goal, source, uuid.uuid4().hex)
