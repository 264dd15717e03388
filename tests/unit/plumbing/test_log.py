"""What logs say and what they must not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from plumbing import log

TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.fixture
def lines() -> Iterator[Any]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    log.set_up("review", "INFO", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def test_lines_are_json_with_service_and_correlation(lines: Any) -> None:
    structlog.contextvars.bind_contextvars(correlation_id="cor-1")
    structlog.get_logger("a").info("案例收到", number="XL3-1")
    logging.getLogger("b").warning("%d left", 3)
    first, second = lines()
    assert (first["event"], first["service"], first["correlation_id"], first["number"]) == (
        "案例收到",
        "review",
        "cor-1",
        "XL3-1",
    )
    assert (
        second["event"] == "3 left" and second["level"] == "warning" and second["correlation_id"] == "cor-1"
    )


def test_a_traceback_stays_in_the_log(lines: Any) -> None:
    try:
        raise ValueError("bad amqp://user:hunter2@host/x")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    [line] = lines()
    assert "ValueError" in line["exception"] and "hunter2" not in line["exception"]


@pytest.mark.parametrize(
    "key", ["token", "refresh_token", "password", "phone", "contact_phone", "email", "mail", "secret"]
)
def test_values_under_telling_names_are_gone(key: str) -> None:
    assert log.redact({"deep": [{key: "value"}]}) == {"deep": [{key: log.GONE}]}
    assert log.redact("", key) == "" and log.redact(None, key) is None


@pytest.mark.parametrize(
    "text",
    [
        f"got {TOKEN}",
        "call 13812345678 now",
        "call +86 13812345678",
        "to zhang.san@example.cn",
        "mongodb://a:pw@h/d",
    ],
)
def test_secrets_inside_texts_are_gone(text: str) -> None:
    said = log.redact_text(text)
    assert log.GONE in said
    for secret in (TOKEN, "13812345678", "zhang.san", ":pw@"):
        assert secret not in said


def test_identifiers_and_times_stay_readable() -> None:
    text = "case-01a207a1b84073e1bb1924bbe1eb17a3 at 2026-11-23T08:59:28.720Z, 1762345678901"
    assert log.redact_text(text) == text
    assert log.redact({"token_id": "tok-1"}) == {"token_id": "tok-1"}


def test_bytes_and_depths_do_not_flood() -> None:
    deep: Any = "end"
    for _ in range(20):
        deep = {"a": deep}
    assert "end" not in json.dumps(log.redact(deep))
    assert log.redact(b"12345") == "‹5 bytes›"
    assert log.redact({1, 2}) == [1, 2]
