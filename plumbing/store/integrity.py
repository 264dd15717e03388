"""What a service's own records must agree on; may be asked of a live system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from plumbing.service import Json, Reading
from plumbing.store import chain

PORTION = 1000
# a chain may grow while it is read
LOOKS = 3


def accepted_commands(reading: Reading) -> list[Json]:
    """Find commands without their one audit row or without their events."""
    findings: list[Json] = []
    claimed: Counter[str] = Counter()
    for rows in _portions(reading.collection("commands").find({}, {"events": 1, "audit_id": 1})):
        audited = _present(reading, "audit", [row["audit_id"] for row in rows])
        told = _present(reading, "outbox", [event for row in rows for event in row["events"]])
        for row in rows:
            claimed.update([row["audit_id"], *row["events"]])
            if row["audit_id"] not in audited:
                findings.append(_finding("accepted_commands", row["_id"], "its audit row is missing"))
            for event in row["events"]:
                if event not in told:
                    findings.append(
                        _finding("accepted_commands", row["_id"], f"its event {event} is missing")
                    )
    for identifier, times in claimed.items():
        if times > 1:
            findings.append(_finding("accepted_commands", identifier, f"belongs to {times} commands"))
    return findings


def audited_commands(reading: Reading) -> list[Json]:
    """Find effects of commands that no command row, or more than one effect, stands for."""
    oldest = reading.collection("commands").find_one({}, {"at": 1}, sort=[("at", 1)])
    if oldest is None:
        return []
    findings: list[Json] = []
    # older ones have lost their command row to retention
    query = {"details.command": {"$exists": True}, "at": {"$gt": oldest["at"]}}
    for rows in _portions(reading.collection("audit").find(query, {"details.command": 1})):
        keys = [row["details"]["command"] for row in rows]
        kept = reading.collection("commands").find({"_id": {"$in": keys}}, {"audit_id": 1})
        known = {row["_id"]: row["audit_id"] for row in kept}
        for row in rows:
            key = row["details"]["command"]
            if known.get(key) != row["_id"]:
                problem = (
                    "took effect more than once" if key in known else "took effect without a command row"
                )
                findings.append(_finding("audited_commands", key, problem))
    return findings


def chained_records(reading: Reading) -> list[Json]:
    """Find chains of records that were changed, cut or taken apart."""
    findings: list[Json] = []
    for name in _chains(reading):
        found: list[Json] = []
        for _ in range(LOOKS):
            head = reading.collection("chain_heads").find_one({"_id": name})
            found = chain.verify(
                reading.collection("records"), name, head or {"index": 0, "hash": chain.GENESIS}
            )
            if not found:
                break
        findings += [
            _finding("chained_records", f"{name}#{one['index']}", str(one["problem"])) for one in found
        ]
    return findings


def job_outcomes(reading: Reading) -> list[Json]:
    """Find jobs whose rows of outcomes were lost or written twice."""
    findings: list[Json] = []
    for job in reading.collection("jobs").find({"state": "done"}, {"outcomes": 1}):
        kept = reading.collection("job_outcomes").count_documents({"job_id": job["_id"]})
        if kept != job["outcomes"]:
            findings.append(
                _finding("job_outcomes", job["_id"], f"{kept} of {job['outcomes']} outcomes are kept")
            )
    return findings


CHECKS = (accepted_commands, audited_commands, chained_records, job_outcomes)


def _chains(reading: Reading) -> Iterator[str]:
    seen = set()
    for row in reading.collection("records").aggregate([{"$group": {"_id": "$chain"}}]):
        seen.add(row["_id"])
        yield row["_id"]
    for row in reading.collection("chain_heads").find({}, {"_id": 1}):
        if row["_id"] not in seen:
            yield row["_id"]


def _portions(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while portion := list(islice(rest, PORTION)):
        yield portion


def _present(reading: Reading, collection: str, ids: list[str]) -> set[Any]:
    return {row["_id"] for row in reading.collection(collection).find({"_id": {"$in": ids}}, {"_id": 1})}


def _finding(check: str, subject: str, problem: str) -> Json:
    return {"check": check, "subject": subject, "problem": problem}
