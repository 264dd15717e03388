"""What keeps the house in order by itself: sweeping what has expired, and what must hold at any time."""

from __future__ import annotations

from typing import Any

from plumbing.service import Findings
from plumbing.store.throttling import sweep_throttles
from services.registration.domain.session import LONGEST
from services.registration.realtime import real_now

Json = dict[str, Any]
MOST_FINDINGS = 100


def sweep_expired(context: Any) -> int:
    """Delete links, counters and sessions that have expired; return how many."""
    now = real_now()
    swept = context.collection("links").delete_many({"expires_at": {"$lte": now}}).deleted_count
    swept += sweep_throttles(context)
    swept += context.collection("sessions").delete_many({"renewed_at": {"$lte": now - LONGEST}}).deleted_count
    return int(swept)


def check_contacts(view: Any) -> Findings:
    """Every unit's contact is one of its members."""
    return _unmatched(view, "units", "contact_account", "unit_id", "units_have_contacts")


def check_experts(view: Any) -> Findings:
    """Every expert has an account that knows him."""
    return _unmatched(view, "experts", "account_id", "expert_id", "experts_have_accounts")


def _unmatched(view: Any, collection: str, reference: str, back: str, check: str) -> Findings:
    rows = view.collection(collection).aggregate(
        [
            {
                "$lookup": {
                    "from": "accounts", "localField": reference, "foreignField": "_id", "as": "account",
                }
            },
            {"$match": {"$expr": {"$ne": [{"$first": f"$account.{back}"}, "$_id"]}}},
            {"$limit": MOST_FINDINGS},
            {"$project": {"_id": 1}},
        ]
    )
    problem = f"{reference} is not an account that knows it by {back}"
    found = Findings(view.collection(collection).estimated_document_count())
    found += [{"check": check, "subject": row["_id"], "problem": problem} for row in rows]
    return found
