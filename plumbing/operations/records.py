"""Looks at a service's own records: jobs, audit log, commands."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound
from contracts.words import JobStatus
from plumbing.service import Json, Reading
from plumbing.store.commands import shown_key
from plumbing.store.paging import page

NEWEST_FIRST = (("created", -1), ("_id", -1))
STATUS = {
    "waiting": JobStatus.QUEUED,
    "running": JobStatus.RUNNING,
    "done": JobStatus.DONE,
    "failed": JobStatus.FAILED,
}
STATE = {status.value: state for state, status in STATUS.items()}


def job(view: Reading, args: Json) -> Json:
    """Return where a job stands."""
    row = view.collection("jobs").find_one({"_id": args["job_id"]})
    if row is None:
        raise NotFound("没有这个任务。", "There is no such job.")
    return _job(row)


def list_jobs(view: Reading, args: Json) -> Json:
    """Return jobs, newest first."""
    query = {"state": STATE[args["status"]]} if args["status"] else {}
    return page(view.collection("jobs"), query, args, _job, NEWEST_FIRST)


def list_job_outcomes(view: Reading, args: Json) -> Json:
    """Return what a job did, row by row, in the order it did it."""
    return page(view.collection("job_outcomes"), {"job_id": args["job_id"]}, args, _outcome)


def list_audit(view: Reading, args: Json) -> Json:
    """Return who did what and why, newest first."""
    query: dict[str, Any] = {name: args[name] for name in ("actor", "subject", "action") if args[name]}
    query |= between("at", args)
    return page(view.collection("audit"), query, args, _audit, (("at", -1), ("_id", -1)))


def command_outcome(view: Reading, args: Json) -> Json:
    """Return whether a command was accepted, and what it emitted."""
    row = view.collection("commands").find_one(
        {"_id": f"{args['actor'] or view.caller.subject}|{args['command_id']}"}
    )
    if row is None:
        return {"found": False, "method": None, "at": None, "event_ids": []}
    return {"found": True, "method": row["method"], "at": row["at"], "event_ids": row["events"]}


def between(field: str, args: Json) -> dict[str, Any]:
    """Return the query for [since, until) of the arguments."""
    bounds = {sign: args[name] for sign, name in (("$gte", "since"), ("$lt", "until")) if args[name]}
    return {field: bounds} if bounds else {}


def _job(row: Json) -> Json:
    return {
        "job_id": row["_id"],
        "kind": row["kind"],
        "status": STATUS[row["state"]].value,
        "done": row["done"],
        "total": row["total"],
        "actor": row["actor"],
        "created_at": row["created"],
        "updated_at": row["updated"],
        "result": row["result"],
        "problem": row["problem"],
    }


def _outcome(row: Json) -> Json:
    details = {name: value for name, value in row.items() if name not in ("_id", "job_id", "row", "outcome")}
    return {"row": str(row.get("row", "")), "outcome": str(row.get("outcome", "")), "details": details}


def _audit(row: Json) -> Json:
    shown = ("at", "actor", "roles", "action", "subject", "reason", "correlation_id")
    details = dict(row["details"])
    if "command" in details:
        details["command"] = shown_key(details["command"])
    return {"audit_id": row["_id"], **{name: row[name] for name in shown}, "details": details}
