"""Messages that are no proper request: broken bytes, shapes and properties."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.rpc import Kind, Method
from plumbing.bus import names
from tests.support.raw_caller import Sent

BODIES: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"kwargs=1",
    "not UTF-8": b"\xff\xfe\x00{",
    "cut off": b'{"args": [], "kwargs": {',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "kwargs null": b'{"args": [], "kwargs": null}',
    "kwargs a list": b'{"args": [], "kwargs": []}',
    "kwargs a text": b'{"args": [], "kwargs": "x"}',
    "positional": b'{"args": ["x"], "kwargs": {}}',
    "args an object": b'{"args": {"$gt": ""}, "kwargs": {}}',
    "NaN": b'{"args": [], "kwargs": {"x": NaN}}',
    "Infinity": b'{"args": [], "kwargs": {"x": -Infinity}}',
    "number of 5000 digits": b'{"args": [], "kwargs": {"x": ' + b"9" * 5000 + b"}}",
    "lone surrogate as a name": b'{"args": [], "kwargs": {"\\ud800": 1}}',
    "100000 brackets": b"[" * 100_000,
    "nested too deep": b'{"args": [], "kwargs": {"x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_002,
    "two documents": b'{"kwargs": {"x": 1}}{"kwargs": {}}',
    "pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
}
TYPES = ("application/x-python-serialize", "text/plain", "application/x-yaml", "", "汉")


def malformed(method: Method, good: dict[str, Any], headers: Mapping[str, Any]) -> Iterator[Sent]:
    """Yield messages that must be refused as such, whatever the method is."""
    if method.kind is Kind.COMMAND:
        headers = {**headers, names.COMMAND_ID: "cmd-malformed"}
    for what, body in BODIES.items():
        yield Sent(f"{method.full_name} {what}", method.full_name, body, headers)
    body = json.dumps({"args": [], "kwargs": good}).encode()
    for kind in TYPES:
        sent = {"content_type": kind}
        yield Sent(f"{method.full_name} type {kind!r}", method.full_name, body, headers, sent)
    packed = {"content_encoding": "gzip"}
    yield Sent(f"{method.full_name} gzip", method.full_name, gzip.compress(body), headers, packed)
    strange = {names.CORRELATION_ID: {"a": 1}, names.ADDRESS: ["x"], "nameko.x": None}
    yield Sent(f"{method.full_name} strange headers", method.full_name, b"{", {**headers, **strange})
