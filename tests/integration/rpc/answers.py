"""What every answer of a service must be, whatever was asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import REFUSALS
from contracts.fields import load
from contracts.rpc import Method

LONGEST_REFUSAL = 64_000
LEAK = re.compile(
    r"Traceback|File \\?\"|\.py\b|site-packages|object at 0x"
    r"|\b(pymongo|bson|marshmallow|kombu|amqp|eventlet|jwt)\b"
    r"|\b(?!InvalidInput)[A-Z]\w+(Error|Exception)\b|\b(services|plumbing)\.\w",
)


@dataclass(frozen=True)
class Answer:
    """An answer that has passed ``check``: a result, or a refusal's code with the fields it names."""

    result: Any = None
    code: str = ""
    problem: dict[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> set[tuple[str, str]]:
        """Return (field, rule) of everything an InvalidInput names."""
        return {(row["field"], row["rule"]) for row in self.problem.get("facts", {}).get("fields", [])}


def check(what: str, method: Method | None, body: bytes) -> Answer:
    """Return the answer; AssertionError when it is neither a described result nor a clean typed refusal."""
    told = json.loads(body)
    assert told.keys() == {"result", "error"}, f"{what}: {body[:300]!r}"
    if told["error"] is None:
        assert method is not None, f"{what}: {body[:300]!r}"
        load(method.result(), told["result"])
        return Answer(told["result"])
    assert len(body) < LONGEST_REFUSAL, f"{what}: a refusal of {len(body)} bytes"
    error = told["error"]
    problem = error["problem"]
    code = problem["code"]
    assert code in REFUSALS, f"{what}: {problem}"
    assert "error_id" not in problem["facts"], f"{what}: the service failed: {problem}"
    assert problem["detail"] and problem["detail_en"], f"{what}: without words: {problem}"
    text = json.dumps([problem, error["value"], error["exc_args"]], ensure_ascii=False)
    assert not LEAK.search(text), f"{what}: shows its inside: {text[:500]}"
    allowed = {kind.code for kind in method.errors} if method else {"NotFound"}
    assert code in allowed | {"Unavailable"}, f"{what}: {code} is not declared: {problem}"
    for row in problem["facts"].get("fields", []):
        assert row.keys() == {"field", "rule", "zh", "en"} and all(row.values()), f"{what}: {row}"
    return Answer(None, code, problem)
