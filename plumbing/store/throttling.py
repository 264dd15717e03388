"""Counting tries of public methods, outside any transaction: a refused try must count too."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from contracts.errors import TooManyRequests
from plumbing.service import Index

INDEXES = (Index("throttles", (("until", 1),)),)


@dataclass(frozen=True)
class Limit:
    """At most ``most`` tries of a key within ``seconds`` from the first."""

    name: str
    most: int
    seconds: int


class Limiting(Protocol):
    """A limit, wherever it is declared: the rules of a service know nothing of this module."""

    @property
    def name(self) -> str: ...

    @property
    def most(self) -> int: ...

    @property
    def seconds(self) -> int: ...


def count_try(context: Any, limit: Limiting, key: str) -> None:
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


def throttle_id(limit: Limiting, key: str) -> str:
    """Return the row of a key: hashed, because keys are addresses of persons."""
    return hashlib.sha256(f"{limit.name}|{key}".encode()).hexdigest()


def sweep_throttles(context: Any) -> int:
    """Delete counters whose time is over; return how many."""
    over = {"until": {"$lte": datetime.now(UTC)}}
    return int(context.collection("throttles").delete_many(over).deleted_count)
