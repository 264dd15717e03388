"""What the runs against stock handlers need: processes, and the oracle's questions to what they left."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from typing import Any

import amqp

from benchmarks.bare import rows_of
from tests.faults.rig import Load, Wire
from tests.integration.bus.conftest import ROOT
from tests.support.waiting import until

HANDLED = "evt-submission-CaseSubmitted--review.remember_case"
QUIET = 0.7
"""What neither begins nor ends anything for so many seconds, with an empty queue, is done."""
Running = dict[str, subprocess.Popen[str]]


class Stock:
    """Stock services on a virtual host and databases of their own."""

    def __init__(self, url: str, mongo_url: str, mongo: Any) -> None:
        self.url = url
        self._told = {
            **os.environ, "PYTHONPATH": str(ROOT), "XINLV_BENCH_AMQP": url, "XINLV_BENCH_MONGO": mongo_url
        }  # fmt: skip
        self.submission, self.review = mongo.stock_submission, mongo.stock_review
        self.running: list[subprocess.Popen[str]] = []

    def start(self, name: str, *, ready: bool = True, **extra: str) -> subprocess.Popen[str]:
        """Start one service; where told, wait until it says that it is ready."""
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.stock", name], env={**self._told, **extra}, cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.running.append(child)
        if ready:
            self.wait_ready(name, child)
        return child

    def wait_ready(self, name: str, child: subprocess.Popen[str]) -> None:
        """Wait until it says that it is ready, and has its queue."""
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        if name == "review":
            until(lambda: self._depth() is not None, 20, "the stock consumer does not declare its queue")

    def start_both(self, submission: str = "", review: str = "", **extra: str) -> Running:
        """Start the submitter and the keeper together, each armed with its fault."""
        faults = {"submission": submission, "review": review}
        children = {
            name: self.start(name, ready=False, XINLV_FAULT=fault, **extra) for name, fault in faults.items()
        }
        for name, child in children.items():
            self.wait_ready(name, child)
        return children

    def die_again(self, children: Running, plans: dict[str, list[str]]) -> None:
        """Start each again whenever it has died where it was armed to, armed with its next fault."""

        def done() -> bool:
            for name, faults in plans.items():
                if faults and children[name].poll() is not None:
                    children[name] = self.start(name, ready=False, XINLV_FAULT=faults.pop(0))
            return not any(plans.values())

        until(done, 40, f"stock services did not die: {plans}")

    def stop_all(self) -> None:
        """Kill whatever runs: what it held in its hands is in its queue again."""
        for child in self.running:
            child.kill()
            child.wait(10)

    def tell(self, wire: Wire, case_id: str, title: str = "plain") -> str:
        """Publish an event as the stock submitter does; return its id."""
        body = json.loads(rows_of(case_id)["outbox"]["body"])
        body["data"]["title"] = title
        self.tell_body(wire, json.dumps(body))
        return str(body["id"])

    @staticmethod
    def tell_body(wire: Wire, body: str) -> None:
        """Publish this very body as an event."""
        wire.publish("submission.events", "CaseSubmitted", body, content_type="application/json")

    def _depth(self) -> int | None:
        with contextlib.suppress(amqp.NotFound), contextlib.closing(Wire(self.url)) as asking:
            return asking.depth(HANDLED)
        return None

    def settle(self, seconds: float = 30) -> None:
        """Wait until nothing waits and nothing happens any more."""
        last: tuple[int, ...] = ()
        since = time.monotonic()

        def quiet() -> bool:
            nonlocal last, since
            now = (self._depth() or 0, *(
                collection.count_documents({}) for collection in (self.review.begun, self.review.inbox)
            ))  # fmt: skip
            if now != last or now[0]:
                last, since = now, time.monotonic()
            return time.monotonic() - since > QUIET

        until(quiet, seconds, "the stock services do not come to rest")

    def troubles(self, load: Load) -> list[str]:
        """Ask what the oracle asks of ours: what was confirmed stands, was told, and is remembered once."""
        refused = load.end().ask_again().refused.keys()
        self.settle()
        kept = {row["_id"] for row in self.submission.cases.find({}, {"_id": 1})}
        remembered = {row["_id"] for row in self.review.cases.find({}, {"_id": 1})}
        counts = {
            "confirmed and lost": len(set(load.accepted) - kept),
            "committed, its event lost": len(kept - remembered),
            "done, but answered with an error, also when asked again": len(refused & kept),
            "not done, also when asked again": len(refused - kept),
            "remembered more than once": self.review.inbox.count_documents({}) - len(remembered),
        }  # fmt: skip
        asked = len(load.accepted) + len(refused)
        return [f"{count} of {asked} {what}" for what, count in counts.items() if count]
