"""Ending transactions whose process died: the server would keep their locks for a minute."""

from __future__ import annotations

import logging
from typing import Any

from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from plumbing.store.mongo import Store

log = logging.getLogger(__name__)
# Between two operations of a transaction we only compute, some of us for long. One that rests has lost its
# process only where its connection is gone too: the kernel closes those of a process that is killed.
IDLE_SECONDS = 3.0
UNAUTHORIZED = 13


def end_abandoned(store: Store, idle_seconds: float = IDLE_SECONDS) -> int:
    """End the resting transactions of this user and application name that no connection holds any more.

    Returns how many there were. A machine lost with its network leaves them to the server's own limit.
    """
    admin = store.client.get_database("admin", read_concern=ReadConcern("local"))
    name = store.client.options.pool_options.metadata.get("application", {}).get("name")
    resting: list[dict[str, Any]] = [
        {"$currentOp": {"idleSessions": True, "allUsers": False}},
        {
            "$match": {
                "type": "idleSession",
                "clientMetadata.application.name": name,
                "transaction.timeInactiveMicros": {"$gte": int(idle_seconds * 1_000_000)},
            }
        },
        {"$project": {"lsid.id": 1, "connectionId": 1}},
    ]
    held: list[dict[str, Any]] = [
        {"$currentOp": {"idleConnections": True, "allUsers": False}},
        {"$match": {"connectionId": {"$exists": True}, "type": "op"}},
        {"$project": {"connectionId": 1}},
    ]
    try:
        rows = list(admin.aggregate(resting))
        if not rows:
            return 0
        # asked after the transactions: a connection that is missing now does not come back
        connected = {row["connectionId"] for row in admin.aggregate(held)}
        ids = [{"id": row["lsid"]["id"]} for row in rows if row.get("connectionId") not in connected]
        if ids:
            admin.command("killSessions", ids)
            log.warning("%d transactions were abandoned by their process and have been ended", len(ids))
    except OperationFailure as error:
        if error.code != UNAUTHORIZED:
            raise
        # a hardened server may keep even this from us; then locks are held until its own time limit
        log.debug("this user may not look for abandoned transactions")
        return 0
    return len(ids)
