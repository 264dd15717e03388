"""The same submitter and keeper as nameko's examples have them, run as ``nameko run`` runs them.

``python -m tests.faults.stock review``; XINLV_BENCH_AMQP and XINLV_BENCH_MONGO say where, XINLV_FAULT where
it dies. The classes are those that the benchmark compares with; here a case's title may make the keeper
linger, keep the CPU or kill its process, as ours does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from typing import Any

from tests.faults import points


def build(name: str, database: Any) -> type:
    """Return the service class."""
    from nameko.events import event_handler
    from nameko.rpc import rpc

    from benchmarks import stock

    plain = stock.build(name, database)

    class Submission(plain):  # type: ignore[misc,valid-type]
        name = "submission"

        @rpc
        def submit_case(self, case_id: str, reason: str = "") -> dict[str, Any]:
            """Take what our clients send, too."""
            answer: dict[str, Any] = plain.submit_case(self, case_id)
            return answer

    class Review(plain):  # type: ignore[misc,valid-type]
        name = "review"

        @event_handler("submission", "CaseSubmitted")
        def remember_case(self, body: dict[str, Any]) -> None:
            """Note that it began, do what the title says, then remember."""
            database["begun"].insert_one({"event": body.get("id", ""), "pid": os.getpid()})
            word, _, rest = body["data"].get("title", "").partition(" ")
            if word == "poison":
                os.kill(os.getpid(), signal.SIGKILL)
            if word == "linger":
                time.sleep(float(rest))
            if word == "busy":
                until = time.monotonic() + float(rest)
                while time.monotonic() < until:
                    sum(range(1000))
            plain.remember_case(self, body)

    return Submission if name == "submission" else Review


def _before_it_commits() -> tuple[Any, str]:
    from pymongo.client_session import ClientSession

    return ClientSession, "commit_transaction"


def _before_it_tells() -> tuple[Any, str]:
    from nameko.amqp.publish import Publisher
    from nameko.events import EventDispatcher

    class Telling(Publisher):  # type: ignore[misc]
        """The publisher of events alone; answers leave by one of their own."""

        def publish(self, *args: Any, **options: Any) -> None:
            super().publish(*args, **options)

    EventDispatcher.publisher_cls = Telling
    return Telling, "publish"


def _before_it_answers() -> tuple[Any, str]:
    from nameko.rpc import Responder

    return Responder, "send_response"


def _before_it_acks() -> tuple[Any, str]:
    from nameko.messaging import QueueConsumer

    return QueueConsumer, "ack_message"


POINTS: points.Points = {
    "commit": _before_it_commits, "tell": _before_it_tells, "answer": _before_it_answers,
    "ack": _before_it_acks,
}  # fmt: skip


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
    points.arm(os.environ.get("XINLV_FAULT", ""), POINTS)
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
