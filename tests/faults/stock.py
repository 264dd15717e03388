"""The same submitter and keeper as nameko's examples have them, run as ``nameko run`` runs them.

``python -m tests.faults.stock review``; XINLV_BENCH_AMQP and XINLV_BENCH_MONGO say where. The classes are
those that the benchmark compares with; here a case's title may make the keeper keep the CPU, as ours does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from typing import Any


def build(name: str, database: Any) -> type:
    """Return the service class."""
    from nameko.events import event_handler

    from benchmarks import stock

    plain = stock.build(name, database)
    if name != "review":
        return plain

    class Review(plain):  # type: ignore[misc,valid-type]
        name = "review"

        @event_handler("submission", "CaseSubmitted")
        def remember_case(self, body: dict[str, Any]) -> None:
            """Note that it began, linger or keep the CPU where the title says so, then remember."""
            database["begun"].insert_one({"event": body["id"], "pid": os.getpid()})
            word, _, rest = body["data"].get("title", "").partition(" ")
            if word == "linger":
                time.sleep(float(rest))
            if word == "busy":
                until = time.monotonic() + float(rest)
                while time.monotonic() < until:
                    sum(range(1000))
            plain.remember_case(self, body)

    return Review


def main(name: str) -> int:
    """Run one until SIGTERM, with nameko's own runner and its own answer to the signal."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
    from nameko.runners import ServiceRunner
    from pymongo import MongoClient

    database = MongoClient[Any](os.environ["XINLV_BENCH_MONGO"], maxPoolSize=30)[f"stock_{name}"]
    missing = {"commands", "cases", "audit", "inbox", "begun"} - set(database.list_collection_names())
    for collection in missing:
        database.create_collection(collection)
    heartbeat = int(os.environ.get("XINLV_FAULT_HEARTBEAT", "60"))
    runner = ServiceRunner(
        {"AMQP_URI": os.environ["XINLV_BENCH_AMQP"], "max_workers": 20, "HEARTBEAT": heartbeat}
    )
    runner.add_service(build(name, database))
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(runner.stop))
    runner.start()
    print("ready", flush=True)
    running = eventlet.spawn(runner.wait)
    while True:
        try:
            running.wait()
        except OSError:
            continue
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
