"""What RPC messages look like on the wire: nameko's protocol, with our refusals inside its errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import amqp

from contracts.errors import InvalidInput, NotFound, Refusal, Unavailable, refusal_from_problem
from plumbing.store.plain import to_text

TRANSIENT, PERSISTENT = 1, 2


def message(body: Any, **properties: Any) -> amqp.Message:
    """Wrap a value as a JSON message; transient unless told otherwise."""
    properties.setdefault("delivery_mode", TRANSIENT)
    # a refusal may repeat a name that is no Unicode text; it must be said all the same
    encoded = to_text(body).encode("utf-8", "replace")
    return amqp.Message(encoded, content_type="application/json", content_encoding="utf-8", **properties)


def read_request(received: amqp.Message) -> dict[str, Any]:
    """Return the keyword arguments of a request.

    Raises InvalidInput where the body is not nameko's request document or carries positional arguments.
    """
    kind = received.properties.get("content_type", "application/json")
    if kind != "application/json":
        raise InvalidInput.of("_", "content_type", "消息须为 JSON", "The message must be JSON.")
    try:
        body = json.loads(received.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput.of("_", "json", "消息不是有效的 JSON", "The message is not valid JSON.") from error
    if not isinstance(body, dict) or not isinstance(body.get("kwargs", {}), dict):
        raise InvalidInput.of("_", "request", "消息缺少参数", "The message lacks its arguments.")
    if body.get("args"):
        raise InvalidInput.of("_", "positional", "参数须按名称传递", "Arguments must be passed by name.")
    kwargs: dict[str, Any] = body.get("kwargs", {})
    return kwargs


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def answer(result: Any) -> dict[str, Any]:
    """Return the reply document of a result."""
    return {"result": result, "error": None}


def refuse(refusal: Refusal) -> dict[str, Any]:
    """Return the reply document of a refusal: nameko's error for stock clients, and the problem for ours."""
    text = str(refusal)
    return {
        "result": None,
        "error": {
            "exc_type": refusal.code,
            "exc_path": f"contracts.errors.{refusal.code}",
            "exc_args": [text],
            "value": text,
            "problem": refusal.to_problem(),
        },
    }


def read_answer(body: bytes | str) -> Any:
    """Return the result of a reply.

    Raises the refusal it carries, or Unavailable where the answer is not one of ours.
    """
    try:
        document = json.loads(body)
        error = document["error"]
        if error is None:
            return document["result"]
        problem = error.get("problem")
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise Unavailable("服务的答复无法读取。", "The service's answer cannot be read.") from cause
    if isinstance(problem, Mapping):
        raise refusal_from_problem(problem)
    if error.get("exc_type") == "MethodNotFound":
        raise NotFound("没有这个方法。", "There is no such method.")
    raise Unavailable("服务未能答复。", f"The service failed: {str(error.get('value'))[:200]}")
