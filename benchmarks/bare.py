"""The yardstick: the same rows in the same two transactions, by PyMongo alone, from many threads."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.read_concern import ReadConcern

from benchmarks.services import case_of


def rows_of(case_id: str) -> dict[str, dict[str, Any]]:
    """Return what one submission writes: idempotency, aggregate, outbox and audit."""
    now = datetime.now(UTC)
    case, event_id = case_of(case_id, now), f"evt-{uuid.uuid4().hex}"
    body = {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:xinlv:submission",
        "type": "xinlv.submission.CaseSubmitted.v1",
        "subject": case_id,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": "urn:xinlv:schema:submission.CaseSubmitted:1.0",
        "sequence": 1,
        "correlationid": "cor",
        "causationid": "cmd",
        "data": {**case, "submitted_at": now.isoformat()},
    }
    result = json.dumps({"case_id": case_id, "number": case["number"], "received_at": now.isoformat()})
    return {
        "cases": {"_id": case_id, "version": 1, "status": "submitted", **case},
        "commands": {
            "_id": f"acc|{case_id}",
            "method": "submission.submit_case",
            "args": b"0" * 32,
            "result": result,
            "events": [event_id],
            "audit_id": f"aud-{case_id}",
            "at": now,
        },
        "outbox": {
            "_id": event_id,
            "subject": case_id,
            "sequence": 1,
            "type": body["type"],
            "routing_key": "CaseSubmitted",
            "exchange": "submission.events",
            "body": json.dumps(body, ensure_ascii=False),
            "created": now,
            "published": None,
        },
        "audit": {
            "_id": f"aud-{case_id}",
            "at": now,
            "actor": "acc-entrant",
            "roles": ["entrant"],
            "action": "submit_case",
            "subject": case_id,
            "reason": "",
            "correlation_id": "cor",
            "details": {"command": f"acc|{case_id}", "events": 1},
        },
    }


def measure(url: str, seconds: float, threads: int) -> dict[str, float]:
    """Do both transactions again and again for a while; return how many pairs, in how many seconds."""
    concern = WriteConcern(w="majority", j=True)
    client: MongoClient[dict[str, Any]] = MongoClient(url, maxPoolSize=threads + 5)
    one, two = client["bare_submission"], client["bare_review"]
    done = [0] * threads
    end = time.monotonic() + seconds

    def work(worker: int) -> None:
        with client.start_session() as session:
            while time.monotonic() < end:
                case_id = uuid.uuid4().hex
                rows = rows_of(case_id)
                with session.start_transaction(ReadConcern("snapshot"), concern):
                    for name, row in rows.items():
                        one[name].insert_one(row, session=session)
                with session.start_transaction(ReadConcern("snapshot"), concern):
                    two["inbox"].insert_one(
                        {
                            "_id": f"{rows['outbox']['_id']}|remember_case",
                            "type": "CaseSubmitted",
                            "at": datetime.now(UTC),
                        },
                        session=session,
                    )
                    case = json.loads(rows["outbox"]["body"])["data"]
                    two["cases"].update_one(
                        {"_id": case_id}, {"$set": {**case, "sequence": 1}}, True, session=session
                    )
                done[worker] += 1

    for database in (one, two):
        for name in ("cases", "commands", "outbox", "audit", "inbox"):
            database.create_collection(name)
    started = time.monotonic()
    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return {"done": sum(done), "seconds": time.monotonic() - started}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
