"""Leases: one holder at a time, by the server's own clock, with a token that grows at each take-over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument

from plumbing.store.mongo import Store


@dataclass(frozen=True)
class Lease:
    """What a holder was given; writes made under it are filtered by ``token``."""

    name: str
    holder: str
    token: int


class LeaseLost(Exception):
    """Somebody else has taken over what this lease was for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the lease {name} was lost")
        self.name = name


class Leases:
    """Leases of one service, for one holder (a process)."""

    def __init__(self, store: Store, holder: str) -> None:
        self._rows = store.collection("leases")
        self.holder = holder

    def acquire(self, name: str, seconds: float = 15.0) -> Lease | None:
        """Take the lease, or make it longer where it is ours; None while another holds it."""
        ours = {"$eq": ["$holder", {"$literal": self.holder}]}
        free = {"$or": [ours, {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}]}
        token = {"$ifNull": ["$token", 0]}

        def if_free(value: object, kept: object) -> dict[str, object]:
            return {"$cond": [free, value, kept]}

        # the condition stands in the update: a filter that may not match cannot be joined with an upsert
        row = self._rows.find_one_and_update(
            {"_id": name},
            [
                {
                    "$set": {
                        "token": if_free({"$cond": [ours, token, {"$add": [token, 1]}]}, token),
                        "holder": if_free({"$literal": self.holder}, "$holder"),
                        "until": if_free({"$add": ["$$NOW", int(seconds * 1000)]}, "$until"),
                    }
                }
            ],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        if row["holder"] != self.holder:
            return None
        return Lease(name, self.holder, int(row["token"]))

    def renew(self, lease: Lease, seconds: float) -> None:
        """Make the lease longer; LeaseLost where another has, or had meanwhile, taken over."""
        again = self.acquire(lease.name, seconds)
        if again is None or again.token != lease.token:
            raise LeaseLost(lease.name)

    def release(self, lease: Lease) -> None:
        """Give the lease back at once; a lost one is left alone."""
        self._rows.update_one(
            {"_id": lease.name, "token": lease.token, "holder": lease.holder},
            [{"$set": {"until": "$$NOW", "holder": ""}}],
        )


def require_lease(tx: Any, lease: Lease) -> None:
    """Raise LeaseLost unless the lease is held; who takes it over comes before this transaction or after.

    Reading the row would not do: the transaction must meet the one who takes over, so it writes.
    """
    held = {"_id": lease.name, "token": lease.token, "holder": lease.holder}
    if tx.collection("leases").update_one(held, {"$inc": {"uses": 1}}).matched_count == 0:
        raise LeaseLost(lease.name)
