"""Forget announced files that nobody confirmed, and remove objects that nobody needs from storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from contracts.words import MaterialStatus
from services.submission import repository
from services.submission.domain.material import SWEEP_AFTER, UPLOAD_LIFE

BATCH = 200
LEFT_AFTER = timedelta(hours=1)
"""Real time after which a copy that no document names was left by a command that was refused or died."""
MOST_INCOMING = 100_000


def sweep_uploads(context: Any) -> int:
    """Do a bounded amount of it; return how many files were forgotten or removed."""
    overdue = context.collection("cases").find(
        {"sweep_at": repository.waiting_until(context.now)}, {"_id": 1}, limit=BATCH
    )
    forgotten = sum(
        context.transact("sweep_uploads", lambda tx, c=row["_id"]: _forget(tx, c)) for row in list(overdue)
    )
    return forgotten + _discard_left(context) + _remove(context)


def sweep_incoming(context: Any) -> int:
    """Remove what came by a form after its file was confirmed or taken out; return how many there were.

    Real time decides, as it does over a form's life; nothing comes by a form once that is over.
    """
    store = context.parts.materials
    keys = store.uploads_before(datetime.now(UTC) - UPLOAD_LIFE - LEFT_AFTER, most=MOST_INCOMING)
    removed = 0
    while some := list(islice(keys, BATCH)):
        awaited = _awaited(context, some)
        for key in some:
            if key not in awaited:
                store.delete("incoming", key)
                removed += 1
    return removed


def _awaited(context: Any, keys: list[str]) -> set[str]:
    cases = {parts[1] for parts in (key.split("/") for key in keys) if len(parts) == 3}
    rows = context.collection("cases").find({"_id": {"$in": sorted(cases)}}, {"materials": 1})
    waiting = MaterialStatus.AWAITING_UPLOAD.value
    return {m["key"] for row in rows for m in row["materials"] if m["status"] == waiting}


def _discard_left(context: Any) -> int:
    rows = list(context.collection("kept").find({"at": {"$lt": datetime.now(UTC) - LEFT_AFTER}}, limit=BATCH))
    for row in rows:
        context.parts.materials.delete("materials", row["key"], row["version_id"])
        context.collection("kept").delete_one({"_id": row["_id"]})
    return len(rows)


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
