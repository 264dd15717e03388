"""Parked messages: listed, put back into the inbox, thrown away.

A command only chooses: which messages it meant is committed with it, and a job settles exactly those. So a
repeat never reaches what was parked since, and the audit log names whatever went.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from contracts.errors import InvalidInput, Unavailable
from plumbing.service import Job, Json
from plumbing.store.paging import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from plumbing.operations.table import Parking

PUT_BACK, THROW_AWAY = "put_back_parked", "throw_away_parked"
LOOKS, PAUSE = 5, 1.0
"""Who looks at the parked messages has them in hand for a moment: what is not there is looked for again."""
LONGEST_WAIT, POLL = 10.0, 0.1


def list_parked(parking: Parking, view: Any, args: Json) -> Json:
    """Return parked messages, the oldest first."""
    _wait_settled(view, LONGEST_WAIT / 4)
    rows = sorted(parking.look(), key=lambda row: (row["parked_at"], row["parked_id"]))
    if args["after"]:
        last = tuple(decode_cursor(args["after"], 2))
        rows = [row for row in rows if (row["parked_at"], row["parked_id"]) > last]
    shown = rows[: args["limit"]]
    more = len(rows) > len(shown)
    following = encode_cursor([shown[-1]["parked_at"], shown[-1]["parked_id"]]) if more else None
    return {"items": shown, "next": following}


def choose(parking: Parking, context: Any, args: Json) -> Json:
    """Return which messages are meant; nothing is done to them yet.

    Raises Unavailable while what was chosen before is still being settled.
    """
    if bool(args["parked_ids"]) == args["all"]:
        raise InvalidInput.of(
            "parked_ids", "either", "请列出编号或选择全部", "Either name ids or choose all."
        )
    if not _wait_settled(context, LONGEST_WAIT):
        raise Unavailable(
            "上一次选定的消息仍在处理，请稍后再试。",
            "The messages chosen before are still being settled; try again later.",
        )
    there = list(dict.fromkeys(row["parked_id"] for row in parking.look()))
    named = set(args["parked_ids"])
    chosen = [parked_id for parked_id in there if args["all"] or parked_id in named]
    parked = max(parking.count()[0], len(there))
    left = parked if args["dry_run"] else parked - len(chosen)
    return {"chosen": chosen, "missing": sorted(named - set(chosen)), "left": left}


def _wait_settled(reading: Any, seconds: float) -> bool:
    """Wait until no job has parked messages in hand; say whether that came true in time."""
    open_ones = {"state": {"$in": ["waiting", "running"]}, "kind": {"$in": [PUT_BACK, THROW_AWAY]}}
    until = time.monotonic() + seconds
    while reading.collection("jobs").find_one(open_ones, {"_id": 1}):
        if time.monotonic() > until:
            return False
        time.sleep(POLL)
    return True


def put_back(tx: Any, args: Json, facts: Json) -> Json:
    """Take on sending the chosen ones to the inbox again."""
    return _take_on(tx, PUT_BACK, args, facts)


def throw_away(tx: Any, args: Json, facts: Json) -> Json:
    """Take on removing the chosen ones for good; who, which and why stays in the audit log."""
    return _take_on(tx, THROW_AWAY, args, facts)


def _take_on(tx: Any, kind: str, args: Json, facts: Json) -> Json:
    chosen = facts["chosen"]
    for start in range(0, len(chosen), 100):
        batch = chosen[start : start + 100]
        tx.audit("parked messages", batch[0], reason=args["reason"], parked_ids=batch)
    job_id = tx.enqueue(kind, {"parked_ids": chosen}) if chosen and not args["dry_run"] else None
    return {**facts, "job_id": job_id}


def settle(parking: Parking, _context: Any, job: Job) -> list[str]:
    """Do to the messages still to be found what the job says; return their ids. Twice does no harm."""
    if job.cursor:
        time.sleep(PAUSE)
    left = set(job.arguments["parked_ids"]) - set((job.cursor or {}).get("settled", ()))
    act = parking.put_back if job.kind == PUT_BACK else parking.throw_away
    return act(left.__contains__, False)


def step(_tx: Any, job: Job, done: list[str]) -> None:
    """Note which were settled; the job ends with the last of them, or when the others stay unfound."""
    cursor = job.cursor or {"looks": 0, "settled": []}
    settled = sorted({*cursor["settled"], *done})
    job.cursor = {"looks": cursor["looks"] + 1, "settled": settled}
    job.total, job.done = len(job.arguments["parked_ids"]), len(settled)
    job.outcomes += [{"row": parked_id, "outcome": "settled"} for parked_id in dict.fromkeys(done)]
    missing = sorted(set(job.arguments["parked_ids"]) - set(settled))
    if not missing or job.cursor["looks"] >= LOOKS:
        job.outcomes += [{"row": parked_id, "outcome": "not found"} for parked_id in missing]
        job.finished = True
        job.result = {"settled": len(settled), "missing": len(missing)}
