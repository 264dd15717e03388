"""Answering queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contracts.errors import NotFound
from contracts.rpc import Method
from plumbing.identity.caller import Caller
from plumbing.store import audit
from plumbing.store.guarding import check_caller, database_refusals, load_arguments
from plumbing.store.plain import to_plain

if TYPE_CHECKING:
    from plumbing.store.executor import Executor


def ask(
    executor: Executor, method: Method, args: Mapping[str, Any] | None, caller: Caller, correlation_id: str
) -> dict[str, Any]:
    """Answer a query with JSON values.

    The row of a look at personal data is written before the answer leaves: no row, no answer.
    """
    check_caller(method, caller)
    loaded = load_arguments(method, args)
    function = executor.service.queries.get(method)
    if function is None:
        raise NotFound("没有这个查询。", f"{executor.service.name} does not answer {method.full_name}.")
    with database_refusals():
        reading = executor.reading(caller)
        answer: dict[str, Any] = to_plain(function(reading, loaded))
        if method.personal:
            details: dict[str, Any] = {"look": True}
            if method.paged:
                details["rows"] = len(answer["items"])
            if loaded.get("for_account"):
                details["for_account"] = loaded["for_account"]
            looked = audit.row(
                reading.now, caller, method.name, audit.subject_of(loaded, answer),
                loaded.get("reason") or "", correlation_id, details,
            )  # fmt: skip
            executor.store.collection("audit").insert_one(looked)
    return answer
