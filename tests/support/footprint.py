"""What a platform has written: a hash of every collection that business and bookkeeping live in."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from pymongo import MongoClient

from plumbing.settings import SERVICES

RESTLESS = {"leases", "throttles", "attempts", "discarded"}
"""Leases are renewed all the time, storage is swept now and then; refused tries are there to be counted."""

UNFINISHED = ["waiting", "running"]


def footprint(mongo: MongoClient[dict[str, Any]]) -> dict[str, str]:
    """Return ``database.collection`` → the server's hash of it."""
    found = {}
    for service in SERVICES:
        database = f"xinlv_{service}"
        hashes = mongo[database].command("dbHash")["collections"]
        found |= {f"{database}.{name}": value for name, value in hashes.items() if name not in RESTLESS}
    found["xinlv_registration.commands"] = _lasting(mongo["xinlv_registration"]["commands"])
    return found


def _lasting(commands: Any) -> str:
    """Return a hash of what stays of commands whose answers open something: those are soon forgotten."""
    rows = commands.find({}, {"args": 0, "result": 0, "until": 0}, sort=[("_id", 1)])
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


def settled_footprint(
    mongo: MongoClient[dict[str, Any]], rest: float = 0.5, within: float = 60
) -> dict[str, str]:
    """Return the footprint once nothing waits to be sent and nothing has changed for ``rest`` seconds."""
    until = time.monotonic() + within
    last, since = footprint(mongo), time.monotonic()
    while time.monotonic() - since < rest:
        if time.monotonic() > until:
            raise TimeoutError("the platform does not come to rest")
        time.sleep(0.05)
        now = footprint(mongo)
        if now != last or _waiting(mongo):
            last, since = now, time.monotonic()
    return last


def _waiting(mongo: MongoClient[dict[str, Any]]) -> bool:
    if mongo["xinlv_notify"]["letters"].find_one({"status": {"$in": ["queued", "sending"]}}):
        return True
    databases = [mongo[f"xinlv_{service}"] for service in SERVICES]
    return any(
        own["outbox"].find_one({"published": None}) or own["jobs"].find_one({"state": {"$in": UNFINISHED}})
        for own in databases
    )
