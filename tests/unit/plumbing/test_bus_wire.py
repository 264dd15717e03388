"""Requests, replies and refusals on the wire."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import amqp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Conflict, InvalidInput, NotFound, Refusal, Unavailable
from plumbing.bus import wire


def received(body: bytes | str, **properties: Any) -> amqp.Message:
    return amqp.Message(body, **{"content_type": "application/json", **properties})


def test_values_become_json() -> None:
    sent = wire.message({"at": datetime(2026, 1, 1, tzinfo=UTC), "score": Decimal("9.50"), "名": "新绿"})
    assert json.loads(sent.body) == {"at": "2026-01-01T00:00:00.000Z", "score": "9.50", "名": "新绿"}
    assert sent.properties["delivery_mode"] == wire.TRANSIENT


def test_a_request_gives_its_named_arguments() -> None:
    assert wire.read_request(received('{"args": [], "kwargs": {"a": 1}}')) == {"a": 1}
    assert wire.read_request(received("{}")) == {}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("", "json"),
        ("{", "json"),
        ("[" * 100_000, "json"),
        (b"\xff", "json"),
        ('{"kwargs": {"a": NaN}}', "json"),
        ("[]", "request"),
        ('{"kwargs": 1}', "request"),
        ('{"args": [1], "kwargs": {}}', "positional"),
    ],
)
def test_a_request_that_is_none_is_refused(body: Any, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        wire.read_request(received(body))
    assert refused.value.fields[0].rule == rule


def test_another_content_type_is_refused() -> None:
    with pytest.raises(InvalidInput):
        wire.read_request(received("{}", content_type="application/x-python-serialize"))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_requests_and_answers(body: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        wire.read_request(received(body))
    with contextlib.suppress(Refusal):
        wire.read_answer(body)


def test_an_answer_gives_its_result() -> None:
    assert wire.read_answer(json.dumps(wire.answer({"a": [1]}))) == {"a": [1]}


def test_a_refusal_arrives_as_it_left_and_stock_clients_can_show_it() -> None:
    document = wire.refuse(Conflict("状态已变。", "It changed.", version=3))
    with pytest.raises(Conflict) as refused:
        wire.read_answer(json.dumps(document))
    assert refused.value.facts == {"version": 3} and refused.value.zh == "状态已变。"
    from nameko.exceptions import RemoteError, deserialize

    shown = deserialize(document["error"])
    assert isinstance(shown, RemoteError) and "It changed." in str(shown)


def test_a_field_at_fault_arrives_with_its_name() -> None:
    document = wire.refuse(InvalidInput.of("uscc", "required", "必填", "Missing."))
    with pytest.raises(InvalidInput) as refused:
        wire.read_answer(json.dumps(document))
    assert refused.value.fields[0].field == "uscc"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"exc_type": "MethodNotFound", "value": "x"}, NotFound),
        ({"exc_type": "KeyError", "value": "secret"}, Unavailable),
        ("text", Unavailable),
    ],
)
def test_errors_of_others_become_refusals(error: Any, kind: type[Refusal]) -> None:
    with pytest.raises(kind):
        wire.read_answer(json.dumps({"result": None, "error": error}))
