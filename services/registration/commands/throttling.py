"""Counting tries of the public methods, outside any transaction: a refused try must count too."""

from __future__ import annotations

import hashlib
from typing import Any

from contracts.errors import TooManyRequests
from services.registration.domain.limits import Limit


def count_try(context: Any, limit: Limit, key: str) -> None:
    """Count one try; an empty key (address unknown) is not counted.

    Raises TooManyRequests with the seconds to wait. The server's own clock decides, so that replicas agree
    and the business clock, which may jump, does not matter.
    """
    if not key:
        return
    fresh = {"$or": [{"$eq": [{"$type": "$until"}, "missing"]}, {"$lte": ["$until", "$$NOW"]}]}
    ends = {"$add": ["$$NOW", limit.seconds * 1000]}
    row = context.collection("throttles").find_one_and_update(
        {"_id": throttle_id(limit, key)},
        [
            {"$set": {
                "count": {"$cond": [fresh, 1, {"$add": ["$count", 1]}]},
                "until": {"$cond": [fresh, ends, "$until"]},
            }},
            {"$set": {"wait": {"$ceil": {"$divide": [{"$subtract": ["$until", "$$NOW"]}, 1000]}}}},
        ],
        upsert=True,
        return_document=True,  # as it is after the update
    )  # fmt: skip
    if row["count"] > limit.most:
        wait = max(int(row["wait"]), 1)
        raise TooManyRequests(
            f"尝试过于频繁，请在{wait}秒后再试。", f"Too many tries; wait {wait} seconds.", wait_seconds=wait
        )


def throttle_id(limit: Limit, key: str) -> str:
    """Return the row of a key: hashed, because keys are addresses of persons."""
    return hashlib.sha256(f"{limit.name}|{key}".encode()).hexdigest()
