"""Past events sent again to one consumer, as a job that goes on where it stopped."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from plumbing.operations.events import types_of
from plumbing.service import Job, Json

if TYPE_CHECKING:
    from plumbing.operations.table import Parking

JOB = "replay_events"
PORTION = 200


def replay_events(tx: Any, args: Json) -> Json:
    """Take on the job, saying how many events it concerns."""
    arguments = {name: args[name] for name in ("to", "type", "since", "until")}
    rows = tx.collection("outbox").count_documents(_query(arguments))
    job_id = None if args["dry_run"] else tx.enqueue(JOB, {**arguments, "rows": rows})
    return {"job_id": job_id, "rows": rows, "summary": {"to": args["to"], "type": args["type"] or "all"}}


def send(parking: Parking, context: Any, job: Job) -> Json:
    """Send the next portion; one sent twice changes nothing at the consumer."""
    query: dict[str, Any] = {"$and": [_query(job.arguments)]}
    if job.cursor:
        query["$and"].append({"_id": {"$gt": job.cursor}})
    rows = list(context.collection("outbox").find(query, sort=[("_id", 1)], limit=PORTION))
    if rows:
        parking.send_to(job.arguments["to"], rows)
    return {"sent": len(rows), "last": rows[-1]["_id"] if rows else job.cursor}


def step(_tx: Any, job: Job, facts: Json) -> None:
    """Note how far it is."""
    job.total = job.arguments["rows"]
    job.done += facts["sent"]
    job.cursor = facts["last"]
    if facts["sent"] < PORTION:
        job.finished = True
        job.result = {"sent": job.done}


def _query(arguments: Json) -> dict[str, Any]:
    """Published ones only: the others are still on their way."""
    query: dict[str, Any] = {"published": {"$ne": None}, "created": {"$gte": _moment(arguments["since"])}}
    if arguments["until"]:
        query["created"]["$lt"] = _moment(arguments["until"])
    if arguments["type"]:
        query["type"] = {"$in": types_of(arguments["type"])}
    return query


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
