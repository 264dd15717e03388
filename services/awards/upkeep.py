"""What awards forgets by itself."""

from __future__ import annotations

from typing import Any

from contracts.words import ObjectionStatus
from services.awards.personal import STILL_NAMED, blank_objectors

SETTLED = [str(ObjectionStatus.UPHELD), str(ObjectionStatus.DISMISSED)]


def forget_objectors(context: Any) -> int:
    """Blank the names and contacts in objections settled longer ago than contacts are kept."""
    before = context.now - context.parts.retention.contacts
    query = {"status": {"$in": SETTLED}, "resolved_at": {"$lt": before}, **STILL_NAMED}
    if context.collection("objections").find_one(query, {"_id": 1}) is None:
        return 0
    blanked: int = context.transact("forget_objectors", lambda tx: blank_objectors(tx, query))
    return blanked
