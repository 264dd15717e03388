"""Forget announced files that nobody confirmed, and remove objects that nobody needs from storage."""

from __future__ import annotations

from typing import Any

from contracts.words import MaterialStatus
from services.submission import repository
from services.submission.domain.material import SWEEP_AFTER

BATCH = 200


def sweep_uploads(context: Any) -> int:
    """Do a bounded amount of it; return how many files were forgotten or removed."""
    overdue = context.collection("cases").find(
        {"sweep_at": repository.waiting_until(context.now)}, {"_id": 1}, limit=BATCH
    )
    forgotten = sum(
        context.transact("sweep_uploads", lambda tx, c=row["_id"]: _forget(tx, c)) for row in list(overdue)
    )
    return forgotten + _remove(context)


def _forget(tx: Any, case_id: str) -> int:
    entry = repository.load_case(tx, case_id)
    overdue = [
        material
        for material in entry.materials.values()
        if material.status == MaterialStatus.AWAITING_UPLOAD and material.announced_at + SWEEP_AFTER <= tx.now
    ]
    for material in overdue:
        del entry.materials[material.id]
        repository.discard(tx, "incoming", material.key)
    if overdue:
        repository.save_case(tx, entry)
    return len(overdue)


def _remove(context: Any) -> int:
    rows = list(context.collection("discarded").find({}, limit=BATCH))
    for row in rows:
        # the object first: a crash in between only makes the next sweep remove what is already gone
        context.parts.materials.delete(row["bucket"], row["key"], row["version_id"])
        context.collection("discarded").delete_one({"_id": row["_id"]})
    return len(rows)
