"""What must hold of the letters: each sent once, none stuck, none forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.words import LetterStatus
from services.notify.domain.letter import STUCK_AFTER

MOST = 200
OVERDUE = timedelta(minutes=10)
Finding = dict[str, Any]


def letters_sent_once(reading: Any) -> list[Finding]:
    """No two letters share a natural key, and none was sent a second time."""
    doubled = reading.collection("letters").aggregate([
        {"$group": {"_id": "$key", "count": {"$sum": 1}}},
        {"$match": {"count": {"$gt": 1}}},
        {"$limit": MOST},
    ])  # fmt: skip
    found = [
        _finding("letters_sent_once", row["_id"], f"{row['count']} letters of one natural key")
        for row in doubled
    ]
    sent_again = reading.collection("letters").aggregate([
        {"$project": {"sent": {"$size": {"$filter": {
            "input": "$steps", "cond": {"$eq": ["$$this.status", str(LetterStatus.SENT)]}}}}}},
        {"$match": {"sent": {"$gt": 1}}}, {"$limit": MOST},
    ])  # fmt: skip
    return found + [
        _finding("letters_sent_once", row["_id"], f"sent {row['sent']} times") for row in sent_again
    ]


def letters_settled(reading: Any) -> list[Finding]:
    """No letter failed, is of unknown fate, is stuck half-way or waits although it is long due."""
    now = datetime.now(UTC)
    letters = reading.collection("letters")
    query = {
        "$or": [
            {"status": {"$in": [str(LetterStatus.FAILED), str(LetterStatus.UNKNOWN)]}},
            {"status": str(LetterStatus.SENDING), "claimed_at": {"$lt": now - STUCK_AFTER}},
            {
                "status": str(LetterStatus.QUEUED),
                "not_before": {"$lt": now - OVERDUE},
                # ids begin with the real time they were made at; created_at is business time
                "_id": {"$lt": f"letter-{int((now - OVERDUE).timestamp() * 1000):012x}"},
            },
        ]
    }
    rows = letters.find(query, {"status": 1, "template": 1, "problem": 1}).limit(MOST)
    return [
        _finding(
            "letters_settled",
            row["_id"],
            f"{row['template']} is {row['status']}: {row['problem'] or 'no outcome'}",
        )
        for row in rows
    ]


def _finding(check: str, subject: str, problem: str) -> Finding:
    return {"check": check, "subject": subject, "problem": problem}
