"""The two services that the pipeline is measured with: one submits and tells, one hears and remembers.

``python -m benchmarks.services submission`` runs one of them as a real service runs.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from datetime import datetime
from typing import Any


def case_of(case_id: str, now: datetime) -> dict[str, Any]:
    """Return a case as CaseSubmitted tells it; the same in all three measurements."""
    return {
        "case_id": case_id,
        "number": f"XL3-{case_id}",
        "edition_id": "xl3",
        "edition_version": 1,
        "track": "t07",
        "title": "绿色基站节能改造与共建共享实践",
        "summary": "对现网基站与机房实施精细化节能改造，建立能耗基线并持续核算减排量。" * 6,
        "answers": {"q1": "年节电量约一百二十万千瓦时", "q2": "已在三个地市推广"},
        "unit_id": "unit-1",
        "joint_units": [],
        "contact_account": "acc-entrant",
        "materials": [
            {"material_id": "mat-1", "kind": "main", "media_type": "application/pdf", "size": 900_000}
        ],
        "revision": 1,
        "submitted_at": now,
    }


def services() -> dict[str, Any]:
    """Return both services."""
    from contracts.events import Event
    from contracts.events.submission import CaseSubmitted
    from contracts.rpc import find_method
    from plumbing.service import Command, Service
    from plumbing.store.copies import copy_state

    def submit_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
        case = case_of(args["case_id"], tx.now)
        tx.collection("cases").insert_one(
            {"_id": args["case_id"], "version": 1, "status": "submitted", **case}
        )
        tx.emit(CaseSubmitted, args["case_id"], 1, case)
        return {"case_id": args["case_id"], "number": case["number"], "received_at": tx.now}

    def remember_case(tx: Any, event: Event) -> None:
        copy_state(tx, "cases", event, event.data)

    method = find_method("submission", "submit_case")
    assert method is not None
    return {
        "submission": Service("submission", {method: Command(submit_case, small=True)}, {}),
        "review": Service("review", {}, {}, reactions={CaseSubmitted: [remember_case]}),
    }


def main(name: str) -> int:
    """Run one of them."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    importlib.import_module("prometheus_client")
    import eventlet

    eventlet.monkey_patch()
    from plumbing.bus.container import run_service
    from plumbing.settings import Settings

    return run_service(services()[name], Settings.from_environment(name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
