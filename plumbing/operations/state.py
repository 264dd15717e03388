"""How a service is: queues, leases, open work, and whether its records agree."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from contracts.errors import InvalidInput, Unavailable
from contracts.rpc.common_shapes import MOST_FINDINGS
from plumbing.service import Findings, Json, Reading, Service
from plumbing.store.integrity import CHECKS

if TYPE_CHECKING:
    from plumbing.operations.table import Parking

log = logging.getLogger(__name__)


def check_integrity(service: Service, view: Reading, args: Json) -> Json:
    """Return what the plumbing's checks and the service's invariants find, or those of them that are named.

    Raises InvalidInput where a name is none of them.
    """
    known = {check.__name__: check for check in (*CHECKS, *service.invariants)}
    wanted = args.get("checks")
    if unknown := sorted(set(wanted or ()) - known.keys()):
        raise InvalidInput.of(
            "checks", "known", f"没有这项检查：{unknown[0]}", f"There is no check {unknown[0]}."
        )
    checks = [check for name, check in known.items() if wanted is None or name in wanted]
    findings: list[Json] = []
    seen: dict[str, int] = {}
    for check in checks:
        found = _make(check, service, view)
        findings += found
        if isinstance(found, Findings):
            seen[check.__name__] = found.seen
    shown = [
        {
            "check": str(finding["check"]),
            "subject": str(finding["subject"]),
            "problem": str(finding["problem"]),
        }
        for finding in findings[:MOST_FINDINGS]
    ]
    return {
        "checked": [check.__name__ for check in checks],
        "known": list(known),
        "findings": shown,
        "truncated": len(findings) > MOST_FINDINGS,
        "seen": seen,
    }


def _make(check: Callable[[Any], Iterable[Json]], service: Service, view: Reading) -> list[Json]:
    """What was tampered with may be past computing; that is a finding too, and the other checks go on."""
    try:
        found = check(view)
        return found if isinstance(found, list) else list(found)
    except (PyMongoError, Unavailable):
        raise
    except Exception as error:
        log.exception("%s of %s could not be made", check.__name__, service.name)
        problem = f"could not be made of what is stored: {type(error).__name__}"
        return [{"check": check.__name__, "subject": service.name, "problem": problem}]


def health_summary(parking: Parking, view: Reading, _args: Json) -> Json:
    """Return queues, leases and open work."""
    parked, inbox = parking.count()
    outbox = view.collection("outbox")
    oldest = outbox.find_one({"published": None}, {"created": 1}, sort=[("created", 1), ("_id", 1)])
    age = (datetime.now(UTC) - oldest["created"]).total_seconds() if oldest else 0.0
    return {
        "outbox_depth": outbox.count_documents({"published": None}),
        "outbox_oldest_seconds": max(0.0, age),
        "inbox_depth": inbox,
        "parked": parked,
        "open_jobs": view.collection("jobs").count_documents({"state": {"$in": ["waiting", "running"]}}),
        "leases": [
            {"name": row["_id"], "holder": row["holder"], "until": row["until"]}
            for row in view.collection("leases").find({}).sort("_id", 1).limit(100)
        ],
    }
