"""Tokens that end before their time: told by registration, kept by every service, known to every replica."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.events import Event
from plumbing.identity.tokens import LEEWAY, LONGEST
from plumbing.service import Index

INDEXES = (Index("revocations", (("until", 1),)),)
LIFE = timedelta(seconds=LONGEST + LEEWAY)


def refuse_revoked_tokens(tx: Any, event: Event) -> None:
    """Keep from when on an account's older tokens are void; the latest such moment counts.

    A token lives so briefly that a moment further back than that needs no row.
    """
    data = event.payload()
    revoked_at = data["revoked_at"]
    if revoked_at + LIFE <= datetime.now(UTC):
        return
    tx.collection("revocations").update_one(
        {"_id": data["account_id"]},
        {"$max": {"before": revoked_at, "until": revoked_at + LIFE}},
        upsert=True,
    )


def learn_revocations(context: Any) -> int:
    """Have this process refuse what was revoked, and drop rows that no living token needs; always rests."""
    now = datetime.now(UTC)
    rows, over = context.collection("revocations"), False
    for row in rows.find({}):
        over = over or row["until"] <= now
        context.parts.tokens.revoke(row["_id"], row["before"])
    if over:
        rows.delete_many({"until": {"$lte": now}})
    return 0
