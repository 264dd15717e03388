"""The same faults on stock nameko handlers: a suite that could not fail there would prove nothing here."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import amqp
import pytest

from benchmarks.bare import rows_of
from tests.faults.rig import Wire
from tests.integration.bus.conftest import ROOT
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long]
HEARTBEAT, BUSY = 3, 10.5
HANDLED = "evt-submission-CaseSubmitted--review.remember_case"


class Stock:
    """Stock services on a virtual host and databases of their own."""

    def __init__(self, url: str, mongo_url: str, mongo: Any) -> None:
        self.url = url
        self._told = {
            **os.environ, "PYTHONPATH": str(ROOT), "XINLV_BENCH_AMQP": url, "XINLV_BENCH_MONGO": mongo_url
        }  # fmt: skip
        self.submission, self.review = mongo.stock_submission, mongo.stock_review
        self.running: list[subprocess.Popen[str]] = []

    def start(self, name: str, **extra: str) -> subprocess.Popen[str]:
        """Start one service and wait until it says that it is ready."""
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.stock", name], env={**self._told, **extra}, cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.running.append(child)
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        if name == "review":
            until(self._listens, 20, "the stock consumer does not declare its queue")
        return child

    def _listens(self) -> bool:
        asking = Wire(self.url)
        with contextlib.suppress(amqp.NotFound), contextlib.closing(asking):
            return asking.depth(HANDLED) >= 0
        return False

    def tell(self, wire: Wire, case_id: str, title: str = "plain") -> str:
        """Publish an event as the stock submitter does; return its id."""
        body = json.loads(rows_of(case_id)["outbox"]["body"])
        body["data"]["title"] = title
        wire.publish("submission.events", "CaseSubmitted", json.dumps(body), content_type="application/json")
        return str(body["id"])


@pytest.fixture
def stock(stack: Any, mongo: Any, virtual_host: str) -> Iterator[Stock]:
    """Stock services, ended with the test."""
    for name in ("stock_submission", "stock_review"):
        mongo.drop_database(name)
    made = Stock(virtual_host, stack.environment()["XINLV_MONGO_URL"], mongo)
    yield made
    for child in made.running:
        child.kill()
        child.wait(10)
        assert child.stdout is not None
        child.stdout.close()
    # what the killed ones left open would keep their databases locked for a minute
    user = urlsplit(stack.environment()["XINLV_MONGO_URL"]).username
    mongo.admin.command({"killAllSessions": [{"user": user, "db": "admin"}]})
    for name in ("stock_submission", "stock_review"):
        mongo.drop_database(name)


@pytest.fixture
def stock_wire(stock: Stock) -> Iterator[Wire]:
    """A raw connection to the stock services' host."""
    made = Wire(stock.url)
    yield made
    with contextlib.suppress(Exception):
        made.close()


def test_case_02_a_stop_does_work_twice(
    stock: Stock, stock_wire: Wire, record_property: Callable[[str, str], None], dice: Any, seed: int
) -> None:
    review = stock.start("review")
    told = [stock.tell(stock_wire, f"case-{number}", "linger 3") for number in range(80)]
    until(lambda: stock.review.inbox.count_documents({}) >= dice.randint(10, 40))
    review.send_signal(signal.SIGTERM)
    try:
        code = review.wait(25)
    except subprocess.TimeoutExpired:
        code = None
    stock.start("review")
    until(lambda: stock_wire.depth(HANDLED) == 0, 30)
    until(lambda: stock.review.inbox.count_documents({}) >= len(told) or code is None, 30)
    begun = [row["event"] for row in stock.review.begun.find()]
    twice = len(begun) - len(set(begun))
    record_property("said", f"exit {code}; {twice} of {len(told)} events begun again after the stop")
    assert code != 0 or twice, "stock nameko stopped without giving anything back"


def test_case_09_poison_is_lost(
    stock: Stock, stock_wire: Wire, record_property: Callable[[str, str], None], seed: int
) -> None:
    stock.start("review")
    for content in ('{"id": "evt-raising", "type": "x", "subject": "case-1"}', "not json", '{"v": 9}'):
        stock_wire.publish("submission.events", "CaseSubmitted", content, content_type="application/json")
    after = stock.tell(stock_wire, "case-after")
    until(lambda: stock.review.inbox.find_one({"_id": f"{after}|remember_case"}), 30)
    until(lambda: stock_wire.depth(HANDLED) == 0, 10)
    kept = stock.review.inbox.count_documents({"_id": {"$regex": "raising"}})
    record_property("said", "3 of 3 poisoned events acked and gone: not handled, kept nowhere, no reason")
    assert not kept, "stock nameko kept a poisoned event"


def test_case_14_a_busy_handler_is_cut_off(
    stock: Stock, stock_wire: Wire, record_property: Callable[[str, str], None], seed: int
) -> None:
    stock.start("review", XINLV_FAULT_HEARTBEAT=str(HEARTBEAT))
    busy = stock.tell(stock_wire, "case-busy", f"busy {BUSY}")
    for number in range(20):
        stock.tell(stock_wire, f"case-{number}")
    again = threading.Event()

    def began_again() -> bool:
        again.wait(0.2)
        return bool(stock.review.begun.count_documents({"event": busy}) > 1)

    until(began_again, 60, "stock nameko kept its connection over a busy handler")
    times = stock.review.begun.count_documents({"event": busy})
    record_property("said", f"connection lost by missed heartbeats, the event begun {times} times")
    assert times > 1

