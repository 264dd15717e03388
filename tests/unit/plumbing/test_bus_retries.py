"""How often and how long is waited, and what travels in the headers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import amqp
import pytest

from plumbing.bus import names, setaside
from plumbing.bus.deliveries import Acks, Delivery
from plumbing.bus.retries import WAITS_PER_RETRY, Verdict, count, decide

SAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "events" / "samples"
DELAYS = (10.0, 60.0, 600.0)


def walk(not_yet: bool, retries: int = 3) -> list[float | None]:
    headers: dict[str, Any] = {}
    delays: list[float | None] = []
    while not delays or delays[-1] is not None:
        verdict = decide(headers, not_yet=not_yet, delays=DELAYS, retries=retries)
        headers = {names.ATTEMPTS: verdict.attempts, names.WAITS: verdict.waits}
        delays.append(verdict.delay)
    return delays


def test_a_failure_waits_longer_each_time_and_is_parked_after_its_budget() -> None:
    assert walk(not_yet=False) == [10.0, 60.0, 600.0, None]
    assert walk(not_yet=False, retries=5) == [10.0, 60.0, 600.0, 600.0, 600.0, None]
    assert walk(not_yet=False, retries=0) == [None]


def test_what_is_not_there_yet_has_the_longer_budget() -> None:
    assert len(walk(not_yet=True)) == 3 * WAITS_PER_RETRY + 1


def test_waiting_does_not_use_up_attempts() -> None:
    verdict = decide({names.ATTEMPTS: 2}, not_yet=True, delays=DELAYS, retries=3)
    assert verdict == Verdict(10.0, 2, 1)


@pytest.mark.parametrize("value", ["3", None, -1, True, 2.5, [1]])
def test_a_count_that_is_none_counts_as_zero(value: Any) -> None:
    assert count({names.ATTEMPTS: value}, names.ATTEMPTS) == 0


@pytest.mark.parametrize(
    ("delay", "name"),
    [(10, "retry.10s"), (60, "retry.1m"), (600, "retry.10m"), (0.3, "retry.300ms"), (90, "retry.90s")],
)
def test_waiting_queues_are_named_by_their_delay(delay: float, name: str) -> None:
    assert names.retry_queue("review", delay) == f"review.{name}"


def arrived(body: str = "{}", exchange: str = "submission.events", **headers: Any) -> amqp.Message:
    message = amqp.Message(body, message_id="evt-1", type="t", content_type="application/json")
    message.delivery_info = {"exchange": exchange, "routing_key": "CaseSubmitted", "delivery_tag": 1}
    message.properties["application_headers"] = headers
    return message


def test_a_retried_message_names_its_way_back_and_keeps_its_body() -> None:
    parcel = setaside.retry_parcel(
        arrived('{"a":1}'),
        {"x-death": [1], "CC": ["review.parked"], "BCC": ["review.inbox"], "nameko.k": 1},
        "review",
        Verdict(10.0, 1, 0),
        "r" * 900,
    )
    assert (parcel.exchange, parcel.routing_key) == ("review.retry", "review.retry.10s")
    headers = parcel.message.properties["application_headers"]
    assert parcel.message.body == '{"a":1}' and parcel.message.properties["message_id"] == "evt-1"
    assert headers[names.ORIGIN] == "submission.events/CaseSubmitted" and len(headers[names.REASON]) == 500
    assert not {"x-death", "CC", "BCC"} & headers.keys() and headers["nameko.k"] == 1


def test_a_parked_message_says_why_and_goes_back_as_if_new() -> None:
    parcel = setaside.parked_parcel(arrived(), {names.ORIGIN: "first/origin"}, "review", "no", 4)
    headers = parcel.message.properties["application_headers"]
    assert (parcel.exchange, parcel.routing_key) == ("review.retry", "review.parked")
    assert (
        headers[names.ORIGIN] == "first/origin" and headers[names.ATTEMPTS] == 4 and headers[names.PARKED_ID]
    )
    parcel.message.delivery_info = {"exchange": "review.retry"}
    back = setaside.fresh_parcel(parcel.message, "review")
    assert (back.exchange, back.routing_key) == ("review.retry", "review.inbox")
    assert back.message.properties["application_headers"] == {names.ORIGIN: "first/origin"}


def revoked(exchange: str, **headers: Any) -> Delivery:
    body = (SAMPLES / "registration" / "SessionsRevoked.v1.json").read_text("utf-8")
    return Delivery(arrived(body, exchange, **headers), "review")


VOUCHED = {names.TELLER: "registration"}
WAITED = {"x-death": [{"queue": "review.retry.10s"}, {"queue": "awards.retry.10s"}]}


@pytest.mark.parametrize(
    ("exchange", "headers", "good"),
    [
        ("registration.events", {}, True),
        ("registration.events", {names.TELLER: "awards"}, True),
        ("registration.replay", {}, True),
        ("awards.events", {}, False),
        ("awards.events", VOUCHED, False),
        ("awards.replay", VOUCHED, False),
        ("awards.retry", VOUCHED, False),
        ("registration.retry", VOUCHED, False),
        ("review.replay", VOUCHED, False),
        ("review.retry", VOUCHED, True),
        ("review.retry", {}, False),
        ("review.retry", {names.TELLER: "awards"}, False),
        ("", {**VOUCHED, **WAITED}, True),
        ("", WAITED, False),
        ("", VOUCHED, False),
        ("", {**VOUCHED, "x-death": WAITED["x-death"][1:]}, False),
        ("nameko-rpc", {**VOUCHED, **WAITED}, False),
        ("awards.replay", {"x-death": "nonsense"}, False),
    ],
)
def test_nobody_tells_in_anothers_name(exchange: str, headers: dict[str, Any], good: bool) -> None:
    delivery = revoked(exchange, **headers)
    trouble = delivery.read()
    assert trouble == "" if good else trouble.startswith("forged")
    assert (delivery.event is not None) is good


def parked(delivery: Delivery, through: str = "review.retry") -> amqp.Message:
    parcel = setaside.parked_parcel(delivery.message, delivery.headers, "review", "forged", 0)
    parcel.message.delivery_info = {"exchange": through}
    return parcel.message


def put_back(message: amqp.Message) -> Delivery:
    back = setaside.fresh_parcel(message, "review").message
    back.delivery_info = {"exchange": "review.retry", "routing_key": "review.inbox", "delivery_tag": 1}
    return Delivery(back, "review")


def test_putting_a_forged_message_back_does_not_make_it_true() -> None:
    forged = put_back(parked(revoked("awards.replay", **VOUCHED)))
    assert forged.read() == "forged: xinlv.registration.SessionsRevoked.v1 was told by awards"
    assert put_back(parked(forged)).read().startswith("forged")
    assert put_back(parked(revoked("registration.events"))).read() == ""


def test_what_the_broker_itself_parked_is_nobodys_word() -> None:
    """Its headers are still those of whoever sent it."""
    message = arrived((SAMPLES / "registration" / "SessionsRevoked.v1.json").read_text("utf-8"), **VOUCHED)
    message.delivery_info = {"exchange": ""}
    assert put_back(message).read().startswith("forged")


def test_anothers_notes_count_for_nothing() -> None:
    notes = {names.ATTEMPTS: 7, names.ORIGIN: "registration.events/SessionsRevoked", names.REASON: "no"}
    assert revoked("awards.events", **notes, k=1).headers == {names.TELLER: "awards", "k": 1}
    assert revoked("review.retry", **notes).headers[names.ATTEMPTS] == 7


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"specversion":"1.0","type":"nobody.v1"}', "[" * 100_000])
def test_an_unreadable_delivery_says_so(body: str) -> None:
    assert Delivery(arrived(body), "review").read().startswith("unreadable")


class Channel:
    """Keeps what is acked."""

    def __init__(self) -> None:
        self.acked: list[tuple[int, bool]] = []

    def basic_ack(self, tag: int, multiple: bool = False) -> None:
        self.acked.append((tag, multiple))


def delivered(channel: Any, tag: int) -> amqp.Message:
    message = arrived()
    message.channel = channel
    message.delivery_info["delivery_tag"] = tag
    return message


def test_acks_share_a_frame_only_when_nothing_older_is_open() -> None:
    channel, acks = Channel(), Acks()
    acks.begin(channel)  # type: ignore[arg-type]
    messages = [delivered(channel, tag) for tag in range(1, 7)]
    for message in messages:
        acks.taken(message)
    acks.ack(messages[0:2])
    acks.ack(messages[3:5])
    acks.ack([messages[2]])
    acks.ack([messages[5]])
    assert channel.acked == [(2, True), (4, False), (5, False), (3, True), (6, True)]


def test_what_a_lost_channel_delivered_is_not_acked() -> None:
    old, new, acks = Channel(), Channel(), Acks()
    acks.begin(old)  # type: ignore[arg-type]
    message = delivered(old, 1)
    acks.taken(message)
    acks.begin(new)  # type: ignore[arg-type]
    acks.ack([message])
    assert old.acked == new.acked == [] and not acks.is_ours(message)
    assert json.loads(message.body) == {}
