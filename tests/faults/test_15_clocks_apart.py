"""Processes whose clocks are 10 minutes apart, around a deadline: one clock decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import OutsideWindow
from contracts.words import Role
from runner.stack.cache import provide_once
from runner.stack.debs import unpack
from tests.support.waiting import until

pytestmark = pytest.mark.stack
APART = 600


def skewed(seconds: int) -> dict[str, str]:
    """Return the variables of a process whose clock is wrong by so many seconds."""
    folder = provide_once(
        "faketime-debian", lambda draft: unpack("faketime", ["libfaketime"], draft, lambda *_: None)
    )
    library = next(Path(folder).glob("usr/lib/*/faketime/libfaketimeMT.so.1"))
    return {"LD_PRELOAD": str(library), "FAKETIME": f"{seconds:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def test_one_clock_decides(
    nodes: Any, client: Any, tokens: Any, oracle: Any, dice: Any, mongo: Any, seed: int
) -> None:
    ahead, behind = nodes("submission", **skewed(APART // 2)), nodes("submission", **skewed(-APART // 2))
    nodes("review", **skewed(dice.choice([-APART, APART]) // 2))
    token = tokens(Role.ENTRANT)

    def primary() -> datetime:
        told: datetime = mongo.admin.command("hello")["localTime"]
        return told.replace(tzinfo=UTC)

    deadline = primary() + timedelta(seconds=dice.uniform(2.0, 4.0))
    accepted: dict[str, datetime] = {}
    refused: list[datetime] = []
    number = 0
    while primary() < deadline + timedelta(seconds=1):
        number += 1
        case_id = f"case-{number}"
        asked = primary()
        try:
            args = {"case_id": case_id, "reason": f"until {deadline.isoformat()}"}
            answer = client.call("submission", "submit_case", args, token, f"cmd-{case_id}")
            accepted[case_id] = datetime.fromisoformat(answer["received_at"])
            slack = timedelta(milliseconds=50)
            assert asked - slack <= accepted[case_id] <= primary() + slack, "decided by another clock"
        except OutsideWindow:
            refused.append(asked)
            assert primary() >= deadline, "refused before the deadline"
    assert accepted and refused, f"{len(accepted)} accepted, {len(refused)} refused"
    assert all(moment < deadline for moment in accepted.values())
    worked = [until(lambda node=node: node.metric('xinlv_rpc_total{method="submit_case",outcome="ok"}'))
              for node in (ahead, behind)]  # fmt: skip
    assert all(worked), "only one of the two replicas took part"
    oracle.holds(accepted)
