"""The audit log: who did or looked at what, when and why; rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plumbing.identity.caller import Caller
from plumbing.service import Index
from plumbing.store.ids import new_id
from plumbing.store.mongo import Document
from plumbing.store.plain import to_plain

INDEXES = (
    Index("audit", (("at", -1), ("_id", -1))),
    Index("audit", (("subject", 1), ("at", -1))),
    Index("audit", (("actor", 1), ("at", -1))),
)


def row(
    at: datetime,
    caller: Caller,
    action: str,
    subject: str,
    reason: str,
    correlation_id: str,
    details: Mapping[str, Any] | None = None,
) -> Document:
    """Return an audit row; ``details`` are kept as JSON values and must hold nothing personal."""
    return {
        "_id": new_id("aud"),
        "at": at,
        "actor": caller.subject,
        "roles": sorted(caller.roles),
        "action": action,
        "subject": subject,
        "reason": reason,
        "correlation_id": correlation_id,
        "details": to_plain(details) if details else {},
    }


def subject_of(*sources: Mapping[str, Any]) -> str:
    """Return what a call is about: the first identifier among its arguments or its result."""
    for source in sources:
        for name, value in source.items():
            if (name == "id" or name.endswith("_id")) and isinstance(value, str) and value:
                return value
    return ""
