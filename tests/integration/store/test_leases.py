"""Loops under a lease: what a run may still do when another replica has taken over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumbing.service import Loop
from plumbing.store.leases import Leases
from tests.support.harness import Harness


def run(service: Harness, loop: Callable[[Any], int]) -> int:
    service.loops["trial"] = Loop(loop)
    return service.run_loop("trial")


def end(service: Harness) -> None:
    """Let the time of the lease be over."""
    over = {"$set": {"until": datetime(2001, 1, 1, tzinfo=UTC)}}
    service.store.collection("leases").update_one({"_id": "loop:trial"}, over)


def take_over(service: Harness) -> Any:
    end(service)
    return Leases(service.store, "another replica").acquire("loop:trial")


def write(context: Any) -> int:
    def body(tx: Any) -> None:
        tx.collection("trials").insert_one({"_id": "done"})
        context.keep_lease_in(tx)

    context.transact("trial", body)
    return 1


def test_a_run_makes_its_lease_longer(service: Harness) -> None:
    def loop(context: Any) -> int:
        context.keep_lease(60.0)
        return 7

    assert run(service, loop) == 7
    [lease] = service.rows("leases", {"_id": "loop:trial"})
    assert lease["until"] > datetime.now(UTC) + timedelta(seconds=45)
    assert run(service, write) == 1 and service.rows("trials")


def test_a_lease_that_was_over_but_taken_by_nobody_is_still_held(service: Harness) -> None:
    def loop(context: Any) -> int:
        end(service)
        context.keep_lease()
        return write(context)

    assert run(service, loop) == 1


@pytest.mark.parametrize("given_back", [False, True])
def test_a_run_ends_when_another_has_taken_over(service: Harness, given_back: bool) -> None:
    reached: list[str] = []

    def loop(context: Any) -> int:
        lease = take_over(service)
        if given_back:
            Leases(service.store, "another replica").release(lease)
        reached.append("before")
        context.keep_lease()
        reached.append("after")
        return 1

    assert run(service, loop) == 0 and reached == ["before"]


def test_a_transaction_and_a_take_over_never_pass_each_other(service: Harness) -> None:
    def loop(context: Any) -> int:
        turns: list[int] = []

        def body(tx: Any) -> None:
            tx.collection("trials").insert_one({"_id": "done"})
            if not turns:
                turns.append(1)
                take_over(service)
            context.keep_lease_in(tx)

        context.transact("trial", body)
        return 1

    assert run(service, loop) == 0 and service.rows("trials") == []


def test_what_runs_under_no_lease_need_not_keep_one(service: Harness) -> None:
    context = service.context()
    context.keep_lease()
    assert write(context) == 1
