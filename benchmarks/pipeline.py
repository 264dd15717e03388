"""How fast a submission becomes a handled event, beside bare PyMongo and stock nameko, in one run.

    ./xinlv bench pipeline [--json] [--seconds N] [--threads N]

Everything runs on a private stack on this machine's loopback and is gone afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from benchmarks.processes import CpuMeter, child_of, is_ready, run_to_end, until
from benchmarks.services import services
from contracts.words import SERVICES, Role
from plumbing.bus import declare, topology
from plumbing.bus.management import Management
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import Settings
from runner.stack import Stack

GOALS = {"ours_to_bare": 0.30, "ours_to_stock": 1.8, "idle_rss_mb": 150.0}
WARM_UP = 2.0


class Bench:
    """One private stack and what is started on it."""

    def __init__(self, stack: Stack, seconds: float, threads: int, say: Callable[[str], None]) -> None:
        self.stack = stack
        self.seconds = seconds
        self.threads = threads
        self.say = say
        told = stack.environment()
        self.mongo_url = told["XINLV_MONGO_URL"]
        self.parts = {
            name: child.pid
            for name, child in stack.state.children().items()
            if name in ("mongod", "rabbitmq")
        }
        self.mongo: MongoClient[Any] = MongoClient(self.mongo_url)
        self.management = Management(
            told["XINLV_BROKER_MANAGEMENT_URL"],
            told["XINLV_BROKER_MANAGEMENT_USER"],
            told["XINLV_BROKER_MANAGEMENT_PASSWORD"],
        )

    def bare(self) -> dict[str, Any]:
        """Measure PyMongo alone."""
        for _ in range(2):  # the first is for warming up
            for name in ("bare_submission", "bare_review"):
                self.mongo.drop_database(name)
            meter = CpuMeter(self.parts)
            counted = run_to_end("benchmarks.bare", self.mongo_url, str(self.seconds), str(self.threads))
        return {
            "per_second": counted["done"] / counted["seconds"],
            "cpu_ms_each": meter.each(counted["done"]),
        }

    def ours(self) -> dict[str, Any]:
        """Measure the two services as the platform runs them."""
        declare.apply(
            topology.describe(topology.wanted_by(services().values()), clients=["desk"]), self.management, {}
        )
        signer = Settings.from_environment("registration", self.stack.environment("registration"))
        token = Tokens("registration", Keyring(signer.keyring), signer.signing_key).sign_user(
            "acc-entrant", [Role.ENTRANT], unit_id="unit-1"
        )
        with contextlib.ExitStack() as running:
            ports, pids = {}, {}
            for name in ("submission", "review"):
                told = {
                    **self.stack.environment(name),
                    "XINLV_WORKERS": str(self.threads),
                    "XINLV_LOG_LEVEL": "WARNING",
                }
                ports[name] = told["XINLV_HTTP_PORT"]
                pids[name] = running.enter_context(child_of("benchmarks.services", name, told)).pid
            for port in ports.values():
                until(lambda port=port: is_ready(port), 30)
            url = self.stack.environment()["XINLV_AMQP_URL"]
            self._load("ours", url, token, WARM_UP, "xinlv_review", pids)
            return self._load("ours", url, token, self.seconds, "xinlv_review", pids)

    def stock(self) -> dict[str, Any]:
        """Measure the same services in stock nameko style, on a virtual host of their own."""
        operator = self.management
        host, user = f"bench-{secrets.token_hex(4)}", self.stack.environment()["XINLV_BROKER_MANAGEMENT_USER"]
        operator.put("vhosts", host, body={})
        operator.put("permissions", host, user, body={"configure": ".*", "write": ".*", "read": ".*"})
        password = self.stack.environment()["XINLV_BROKER_MANAGEMENT_PASSWORD"]
        place = self.stack.endpoints()["broker"].removeprefix("amqp://").partition("/")[0]
        url = f"amqp://{user}:{password}@{place}/{host}"
        told = {"XINLV_BENCH_AMQP": url, "XINLV_BENCH_MONGO": self.mongo_url}
        with contextlib.ExitStack() as running:
            pids = {}
            for name in ("review", "submission"):
                self.mongo.drop_database(f"stock_{name}")
                child = running.enter_context(child_of("benchmarks.stock", name, told))
                pids[name] = child.pid
                assert child.stdout is not None
                child.stdout.readline()
            self._load("stock", url, "", WARM_UP, "stock_review", pids)
            result = self._load("stock", url, "", self.seconds, "stock_review", pids)
        operator.delete("vhosts", host)
        return result

    def _load(
        self, kind: str, url: str, token: str, seconds: float, database: str, pids: dict[str, int]
    ) -> dict[str, Any]:
        """Run the clients and wait until the last event is handled."""
        handled = self.mongo[database]["inbox"]
        before = handled.count_documents({})
        meter = CpuMeter({**pids, **self.parts})
        load = run_to_end("benchmarks.load", kind, url, token, str(seconds), str(self.threads))
        until(lambda: handled.count_documents({}) - before >= load["accepted"], 60)
        took = time.time() - load["started"]
        return {
            "per_second": load["accepted"] / took,
            "accepted": load["accepted"],
            "failed": load["failed"],
            "failures": load["failures"],
            "p50_ms": load["p50_ms"],
            "p99_ms": load["p99_ms"],
            "behind_seconds": round(max(0.0, took - seconds), 3),
            "cpu_ms_each": meter.each(load["accepted"]),
        }

    def idle_memory(self) -> dict[str, float]:
        """Start each real service and return its resident memory in MB once it is ready and has rested."""
        found = {}
        for name in SERVICES:
            with child_of("runner", "serve", self.stack.environment(name), name) as child:
                port = self.stack.environment(name)["XINLV_HTTP_PORT"]
                until(lambda port=port: is_ready(port), 60)
                time.sleep(1.0)
                status = Path(f"/proc/{child.pid}/status").read_text()
                found[name] = round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, 1)  # type: ignore[index]
        return found


def main(argv: Sequence[str] = ()) -> int:
    """Run all three and print the ratios; 0 when every goal is met, else 1."""
    parser = argparse.ArgumentParser(prog="xinlv bench pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each one is under load (1..60)")
    parser.add_argument("--threads", type=int, default=20, help="how many clients submit at once (1..100)")
    asked = parser.parse_args(list(argv))
    seconds, threads = min(max(asked.seconds, 1.0), 60.0), min(max(asked.threads, 1), 100)

    def say(text: str) -> None:
        if not asked.json:
            print(text, flush=True)

    with tempfile.TemporaryDirectory(prefix="xinlv-bench-") as folder:
        stack = Stack(Path(folder), "bench", follow=True)
        say("starting a private stack …")
        try:
            stack.start()
            result = _measure(Bench(stack, seconds, threads, say))
        finally:
            stack.stop()
    if asked.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _show(result)
    return 0 if all(result["met"].values()) else 1


def _measure(bench: Bench) -> dict[str, Any]:
    measured = {}
    for name, run in (("bare", bench.bare), ("ours", bench.ours), ("stock", bench.stock)):
        bench.say(f"measuring {name} for {bench.seconds:g} s with {bench.threads} threads …")
        measured[name] = run()
    bench.say("weighing the idle services …")
    memory = bench.idle_memory()
    ratios = {
        "ours_to_bare": round(measured["ours"]["per_second"] / measured["bare"]["per_second"], 3),
        "ours_to_stock": round(measured["ours"]["per_second"] / measured["stock"]["per_second"], 3),
    }
    met = {name: ratio >= GOALS[name] for name, ratio in ratios.items()}
    met["idle_rss_mb"] = max(memory.values()) < GOALS["idle_rss_mb"]
    return {
        "seconds": bench.seconds,
        "threads": bench.threads,
        **ratios,
        "goals": GOALS,
        "met": met,
        "measured": measured,
        "idle_rss_mb": memory,
        "cpus": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }


def _show(result: dict[str, Any]) -> None:
    print(f"\n{'':8}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for name, row in result["measured"].items():
        print(
            f"{name:8}{row['per_second']:12.0f}{row.get('p50_ms') or '-':>10}{row.get('p99_ms') or '-':>10}"
        )
    for name, row in result["measured"].items():
        print(
            f"processor time of {name}, ms each: "
            + ", ".join(f"{who} {ms:g}" for who, ms in row["cpu_ms_each"].items())
        )
    for name in ("ours_to_bare", "ours_to_stock"):
        print(
            f"{name}: {result[name]:.2f} (goal {GOALS[name]:g}: {'met' if result['met'][name] else 'MISSED'})"
        )
    print("idle memory, MB: " + ", ".join(f"{name} {size:g}" for name, size in result["idle_rss_mb"].items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
