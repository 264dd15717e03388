"""What must hold of the letters: each sent once, none stuck, none forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.words import LetterStatus
from plumbing.service import Findings
from services.notify import repository
from services.notify.domain.letter import SERVICES_OWN, STUCK_AFTER

MOST = 200
OVERDUE = timedelta(minutes=10)
CLOSED = {"$and": [
    {"$eq": [{"$arrayElemAt": ["$steps.status", -2]}, str(LetterStatus.FAILED)]},
    {"$ne": [{"$indexOfBytes": [{"$arrayElemAt": ["$steps.actor", -1]}, SERVICES_OWN]}, 0]},
]}  # fmt: skip
"""It had failed, and a person settled it after that, with a reason: no finding any more."""
Finding = dict[str, Any]


def letters_sent_once(reading: Any) -> Findings:
    """No two letters share a natural key, and none was sent a second time."""
    doubled = reading.collection("letters").aggregate([
        {"$group": {"_id": "$key", "count": {"$sum": 1}}},
        {"$match": {"count": {"$gt": 1}}},
        {"$limit": MOST},
    ])  # fmt: skip
    found = Findings(reading.collection("letters").estimated_document_count())
    for row in doubled:
        problem = f"{row['count']} letters of one natural key"
        found.append(_finding("letters_sent_once", row["_id"], problem))
    sent_again = reading.collection("letters").aggregate([
        {"$project": {"sent": {"$size": {"$filter": {
            "input": "$steps", "cond": {"$eq": ["$$this.status", str(LetterStatus.SENT)]}}}}}},
        {"$match": {"sent": {"$gt": 1}}}, {"$limit": MOST},
    ])  # fmt: skip
    for row in sent_again:
        found.append(_finding("letters_sent_once", row["_id"], f"sent {row['sent']} times"))
    return found


def letters_settled(reading: Any) -> Findings:
    """No letter failed and was not closed, is of unknown fate, is stuck half-way or waits though long due."""
    now = datetime.now(UTC)
    letters = reading.collection("letters")
    query = {
        "$or": [
            {"status": str(LetterStatus.UNKNOWN)},
            {"status": str(LetterStatus.FAILED), "$expr": {"$not": [CLOSED]}},
            {"status": str(LetterStatus.SENDING), "claimed_at": {"$lt": now - STUCK_AFTER}},
            {
                "status": str(LetterStatus.QUEUED),
                "not_before": {"$lt": now - OVERDUE},
                "_id": {"$lt": repository.first_id(now - OVERDUE)},
            },
        ]
    }
    rows = letters.find(query, {"status": 1, "template": 1, "problem": 1}).limit(MOST)
    found = Findings(letters.estimated_document_count())
    for row in rows:
        problem = f"{row['template']} is {row['status']}: {row['problem'] or 'no outcome'}"
        found.append(_finding("letters_settled", row["_id"], problem))
    return found


def _finding(check: str, subject: str, problem: str) -> Finding:
    return {"check": check, "subject": subject, "problem": problem}
