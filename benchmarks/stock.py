"""The same two services as nameko's examples would have them: @rpc, commit, dispatch; @event_handler.

``python -m benchmarks.stock submission`` runs one; XINLV_BENCH_AMQP and XINLV_BENCH_MONGO say where.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
import warnings
from datetime import UTC, datetime
from typing import Any


def build(name: str, database: Any) -> type:
    """Return the service class."""
    from nameko.events import EventDispatcher, event_handler
    from nameko.rpc import rpc
    from pymongo import WriteConcern
    from pymongo.read_concern import ReadConcern

    from benchmarks.bare import rows_of

    concern = WriteConcern(w="majority", j=True)

    class Submission:
        name = "submission"
        dispatch = EventDispatcher()

        @rpc
        def submit_case(self, case_id: str) -> dict[str, Any]:
            """Keep a case, then tell it: what a crash in between loses, is lost."""
            rows = rows_of(case_id)
            with (
                database.client.start_session() as session,
                session.start_transaction(ReadConcern("snapshot"), concern),
            ):
                for collection in ("commands", "cases", "audit"):
                    database[collection].insert_one(rows[collection], session=session)
            self.dispatch("CaseSubmitted", json.loads(rows["outbox"]["body"]))
            return {"case_id": case_id, "number": rows["cases"]["number"]}

    class Review:
        name = "review"

        @event_handler("submission", "CaseSubmitted")
        def remember_case(self, body: dict[str, Any]) -> None:
            """Remember a case once."""
            with (
                database.client.start_session() as session,
                session.start_transaction(ReadConcern("snapshot"), concern),
            ):
                row = {"_id": f"{body['id']}|remember_case", "type": body["type"], "at": datetime.now(UTC)}
                database["inbox"].insert_one(row, session=session)
                change = {"$set": {**body["data"], "sequence": 1}}
                database["cases"].update_one({"_id": body["subject"]}, change, True, session=session)

    return Submission if name == "submission" else Review


def main(name: str) -> int:
    """Run one of them until killed."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
    from nameko.containers import ServiceContainer
    from pymongo import MongoClient

    database = MongoClient[Any](os.environ["XINLV_BENCH_MONGO"], maxPoolSize=30)[f"stock_{name}"]
    for collection in ("commands", "cases", "audit", "inbox"):
        database.create_collection(collection)
    config = {"AMQP_URI": os.environ["XINLV_BENCH_AMQP"], "max_workers": 20}
    container = ServiceContainer(build(name, database), config)
    container.start()
    print("ready", uuid.uuid4().hex[:4], flush=True)
    container.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
