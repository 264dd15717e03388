"""What a service's own records must agree on; may be asked of a live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from plumbing.service import Findings, Json, Reading
from plumbing.store import chain
from plumbing.store.commands import shown_key

PORTION = 1000
# the sweep goes on while this reads
AT_THE_EDGE = timedelta(hours=1)
# a chain may grow while it is read
LOOKS = 3


def accepted_commands(reading: Reading) -> Findings:
    """Find commands without their one audit row or without their events."""
    findings = Findings()
    query = {"at": {"$gte": _kept_since(reading)}}
    for rows in _portions(reading.collection("commands").find(query, {"events": 1, "audit_id": 1})):
        findings.seen += len(rows)
        audited = _present(reading, "audit", [row["audit_id"] for row in rows])
        told = _present(reading, "outbox", [event for row in rows for event in row["events"]])
        for row in rows:
            key = shown_key(row["_id"])
            if row["audit_id"] not in audited:
                findings.append(_finding("accepted_commands", key, "its audit row is missing"))
            for event in row["events"]:
                if event not in told:
                    findings.append(_finding("accepted_commands", key, f"its event {event} is missing"))
    findings += [
        _finding("accepted_commands", row["_id"], f"belongs to {row['times']} commands")
        for row in reading.collection("commands").aggregate(_claimed_twice(query), allowDiskUse=True)
    ]
    return findings


def audited_commands(reading: Reading) -> Findings:
    """Find effects of commands that no command row, or more than one effect, stands for."""
    findings = Findings()
    query = {"details.command": {"$exists": True}, "at": {"$gte": _kept_since(reading)}}
    for rows in _portions(reading.collection("audit").find(query, {"details.command": 1})):
        findings.seen += len(rows)
        keys = [row["details"]["command"] for row in rows]
        kept = reading.collection("commands").find({"_id": {"$in": keys}}, {"audit_id": 1})
        known = {row["_id"]: row["audit_id"] for row in kept}
        for row in rows:
            key = row["details"]["command"]
            if known.get(key) != row["_id"]:
                problem = (
                    "took effect more than once" if key in known else "took effect without a command row"
                )
                findings.append(_finding("audited_commands", shown_key(key), problem))
    return findings


def told_events(reading: Reading) -> Findings:
    """Find events of reactions, loops and steps of jobs that are no longer in the outbox."""
    findings = Findings()
    since = datetime.now(UTC) - reading.parts.retention.outbox + AT_THE_EDGE
    for name in ("inbox", "told"):
        query = {"at": {"$gte": since}, "events": {"$exists": True}}
        for rows in _portions(reading.collection(name).find(query, {"events": 1, "by": 1})):
            findings.seen += sum(len(row["events"]) for row in rows)
            there = _present(reading, "outbox", [event for row in rows for event in row["events"]])
            findings += [
                _finding("told_events", row.get("by") or row["_id"], f"its event {event} is missing")
                for row in rows
                for event in row["events"]
                if event not in there
            ]
    return findings


def chained_records(reading: Reading) -> Findings:
    """Find chains of records that were changed, cut or taken apart."""
    records, heads = reading.collection("records"), reading.collection("chain_heads")
    findings = Findings(records.count_documents({}))
    for name in chain.find_broken(records, heads):
        found: list[Json] = []
        for _ in range(LOOKS):
            head = heads.find_one({"_id": name})
            found = chain.verify(records, name, head or {"index": 0, "hash": chain.GENESIS})
            if not found:
                break
        findings += [
            _finding("chained_records", f"{name}#{one['index']}", str(one["problem"])) for one in found
        ]
    return findings


def job_outcomes(reading: Reading) -> Findings:
    """Find jobs whose rows of outcomes were lost or written twice."""
    findings = Findings()
    for jobs in _portions(reading.collection("jobs").find({"state": "done"}, {"outcomes": 1})):
        findings.seen += len(jobs)
        theirs = {"$match": {"job_id": {"$in": [job["_id"] for job in jobs]}}}
        count = {"$group": {"_id": "$job_id", "kept": {"$sum": 1}}}
        rows = reading.collection("job_outcomes").aggregate([theirs, count])
        kept = {row["_id"]: row["kept"] for row in rows}
        findings += [
            _finding("job_outcomes", job["_id"], f"{found} of {job['outcomes']} outcomes are kept")
            for job in jobs
            if (found := kept.get(job["_id"], 0)) != job["outcomes"]
        ]
    return findings


CHECKS = (accepted_commands, audited_commands, told_events, chained_records, job_outcomes)


def _kept_since(reading: Reading) -> datetime:
    """From when on every command row must still be there; older ones the sweep may take meanwhile."""
    since: datetime = reading.now - reading.parts.retention.commands + AT_THE_EDGE
    return since


def _claimed_twice(query: Json) -> list[Json]:
    """Let the database find audit rows and events of two commands: there are millions, too many to hold."""
    return [
        {"$match": query},
        {"$project": {"claimed": {"$concatArrays": [["$audit_id"], "$events"]}}},
        {"$unwind": "$claimed"},
        {"$group": {"_id": "$claimed", "times": {"$sum": 1}}},
        {"$match": {"times": {"$gt": 1}}},
        {"$sort": {"_id": 1}},
    ]


def _portions(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while portion := list(islice(rest, PORTION)):
        yield portion


def _present(reading: Reading, collection: str, ids: list[str]) -> set[Any]:
    return {row["_id"] for row in reading.collection(collection).find({"_id": {"$in": ids}}, {"_id": 1})}


def _finding(check: str, subject: str, problem: str) -> Json:
    return {"check": check, "subject": subject, "problem": problem}
