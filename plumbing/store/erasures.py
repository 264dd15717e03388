"""Who has been erased: a mark that outlives all else kept of him, so that old events bring nothing back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def mark_erased(tx: Any, account_id: str, at: datetime) -> None:
    """Write down, for good, that an account was erased."""
    tx.collection("erasures").update_one({"_id": account_id}, {"$setOnInsert": {"at": at}}, upsert=True)


def is_erased(at: Any, account_id: str) -> bool:
    """Say whether what an event tells of this account must not be kept any more."""
    return at.collection("erasures").find_one({"_id": account_id}, {"_id": 1}) is not None


def unless_erased(
    tx: Any, account_id: str, data: Mapping[str, Any], blanks: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the data to keep: as told, or with ``blanks`` in it where the account was erased before."""
    return {**data, **blanks} if is_erased(tx, account_id) else dict(data)
