"""The same faults on stock nameko handlers: a suite that could not fail there would prove nothing here.

Cases 2, 9 and 14 must fail there. Of the others only what came out is written down, with its numbers.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from benchmarks.bare import rows_of
from contracts.errors import Unavailable
from plumbing.bus.client import Client
from tests.faults.rig import Load, Wire
from tests.faults.stock_rig import HANDLED, Stock
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long]
HEARTBEAT, BUSY = 3, 10.5
Say = Callable[[bool, str], None]


@pytest.fixture
def stock(stack: Any, mongo: Any, virtual_host: str) -> Iterator[Stock]:
    """Stock services, ended with the test."""
    for name in ("stock_submission", "stock_review"):
        mongo.drop_database(name)
    made = Stock(virtual_host, stack.environment()["XINLV_MONGO_URL"], mongo)
    yield made
    made.stop_all()
    for child in made.running:
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


@pytest.fixture
def say(record_property: Callable[[str, str], None]) -> Say:
    """Write down for the table whether the stock handlers failed, and by what numbers."""
    return lambda failed, what: record_property("said", f"{'fails' if failed else 'passes'}: {what}")


@pytest.fixture
def stock_client(stock: Stock) -> Iterator[Client]:
    """The client that asks ours as well; what stock handlers raise is a refusal to it."""
    with Client(stock.url) as made:
        yield made


@pytest.fixture
def ask(stock_client: Client) -> Iterator[Callable[[], Load]]:
    """Begin the load that ours is put under; it ends with the test at the latest."""
    begun: list[Load] = []

    def begin() -> Load:
        begun.append(Load(stock_client, ""))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


@pytest.fixture
def judge(stock: Stock, say: Say) -> Callable[[Load, str], None]:
    """Write down what the oracle's questions find after the load: judge(load, "two resets")."""

    def judge(load: Load, after: str) -> None:
        troubles = stock.troubles(load)
        held = f"all of {len(load.accepted)} confirmed cases stand and were told"
        say(bool(troubles), f"{'; '.join(troubles) or held}, after {after}")

    return judge


def test_case_01_killed_in_a_handler(stock: Stock, ask: Any, judge: Any, dice: Any, seed: int) -> None:
    turn = dice.randint(4, 15)
    children = stock.start_both(f"commit:{turn}", f"commit:{turn}")
    load = ask()
    stock.die_again(children, {"submission": [f"answer:{turn}", ""], "review": [f"ack:{turn}", ""]})
    load.reach(10)
    judge(load, "four kills")


def test_case_02_a_stop_does_work_twice(
    stock: Stock, stock_wire: Wire, say: Say, dice: Any, seed: int
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
    say(code != 0 or twice > 0, f"exit {code}; {twice} of {len(told)} events begun again after the stop")
    assert code != 0 or twice, "stock nameko stopped without giving anything back"


def test_case_03_killed_before_publishing(stock: Stock, ask: Any, judge: Any, dice: Any, seed: int) -> None:
    children = stock.start_both(f"tell:{dice.randint(4, 15)}")
    load = ask()
    stock.die_again(children, {"submission": [""]})
    load.reach(10)
    judge(load, "one kill between commit and publish")


def test_case_06_connection_reset(
    stock: Stock, ask: Any, judge: Any, amqp_proxy: Any, dice: Any, seed: int
) -> None:
    stock.start_both(XINLV_BENCH_AMQP=amqp_proxy.lead(stock.url))
    load = ask()
    pause = threading.Event()
    ways = ["upstream", "downstream"]
    for way in dice.sample(ways, len(ways)):
        load.reach(15)
        amqp_proxy.poison("timeout", way, timeout=0)
        pause.wait(dice.uniform(0.1, 0.6))
        amqp_proxy.poison("reset_peer", dice.choice(ways), timeout=dice.randint(0, 60))
        amqp_proxy.cut()
        amqp_proxy.mend()
    load.reach(10)
    judge(load, "two resets")


def test_case_07_a_hundred_times_at_once(
    stock: Stock, stock_client: Client, stock_wire: Wire, say: Say, seed: int
) -> None:
    stock.start_both()
    stock.start_both()

    def call(_turn: int) -> bool:
        try:
            args = {"case_id": "case-1"}
            stock_client.call("submission", "submit_case", args, command_id="cmd-1", timeout=20)
        except Unavailable:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        answered = sum(pool.map(call, range(100)))
    told = stock.tell(stock_wire, "case-told")
    again = {**json.loads(rows_of("case-told")["outbox"]["body"]), "id": told}
    for _ in range(99):
        stock.tell_body(stock_wire, json.dumps(again))
    stock.settle()
    done = stock.submission.cases.count_documents({})
    remembered = stock.review.inbox.count_documents({"_id": {"$regex": told}})
    say(
        (answered, done, remembered) != (100, 1, 1),
        f"{answered} of 100 equal commands got the answer, {100 - answered} an error; done {done} ×; "
        f"100 equal events remembered {remembered} ×",
    )  # fmt: skip


def test_case_09_poison_is_lost(
    stock: Stock, stock_wire: Wire, manage_broker: Any, say: Say, seed: int
) -> None:
    stock.start("review")
    poison = ('{"id": "evt-raising", "type": "x", "subject": "case-1"}', "not json", '{"v": 9}')
    for content in poison:
        stock.tell_body(stock_wire, content)
    after = stock.tell(stock_wire, "case-after")
    until(lambda: stock.review.inbox.find_one({"_id": f"{after}|remember_case"}), 30)
    stock.settle()
    again = stock.review.begun.count_documents({"event": {"$in": ["evt-raising", ""]}}) - 2
    stock.stop_all()
    host = quote(urlsplit(stock.url).path[1:], safe="")
    queues = [row["name"] for row in json.loads(manage_broker("GET", f"/api/queues/{host}"))]
    assert HANDLED in queues
    left = sum(map(stock_wire.depth, queues))
    handled = stock.review.inbox.count_documents({}) - 1
    gone = len(poison) - handled - left
    say(
        gone > 0,
        f"{gone} of {len(poison)} poisoned events gone: {handled} handled, tried again {again} times, "
        f"{left} left in the {len(queues)} queues of the host",
    )  # fmt: skip
    assert gone, "stock nameko kept every poisoned event"


def test_case_10_a_killer_among_innocents(
    stock: Stock, stock_wire: Wire, say: Say, dice: Any, seed: int
) -> None:
    stock.start("review").kill()  # its queue stands from here on
    killer, starts = dice.randrange(40), 5

    def remembered() -> int:
        return int(stock.review.cases.count_documents({}))

    for number in range(40):
        stock.tell(stock_wire, f"case-{number}", "poison" if number == killer else "plain")
    deaths = 0
    for _ in range(starts):
        review = stock.start("review", ready=False)
        until(lambda review=review: review.poll() is not None or remembered() == 39, 30)
        if review.poll() is None:
            break
        deaths += 1
    stock.stop_all()
    waiting = stock_wire.depth(HANDLED)
    say(
        waiting > 0 or remembered() < 39,
        f"{deaths} deaths in {starts} starts, {remembered()} of 39 innocents handled, {waiting} events still "
        "in the queue with the killer",
    )  # fmt: skip


def test_case_14_a_busy_handler_is_cut_off(stock: Stock, stock_wire: Wire, say: Say, seed: int) -> None:
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
    say(times > 1, f"connection lost by missed heartbeats, the event begun {times} times")
    assert times > 1
