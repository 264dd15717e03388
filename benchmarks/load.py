"""Clients in a closed loop: ``python -m benchmarks.load ours|stock URL TOKEN SECONDS THREADS``."""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from typing import Any


def closed_loop(
    submit_of: Callable[[], Callable[[str], Any]], seconds: float, threads: int
) -> dict[str, Any]:
    """Have each thread submit case after case; return how many were accepted, and how long that took."""
    took: list[list[float]] = [[] for _ in range(threads)]
    failed: list[str] = []
    ready = threading.Barrier(threads + 1)
    end = 0.0

    def work(worker: int) -> None:
        submit = submit_of()
        ready.wait()
        ready.wait()
        while (begun := time.monotonic()) < end:
            try:
                submit(uuid.uuid4().hex)
                took[worker].append(time.monotonic() - begun)
            except Exception as error:
                failed.append(f"{type(error).__name__}: {error}")

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    started = time.time()
    end = time.monotonic() + seconds
    ready.wait()
    for worker in workers:
        worker.join()
    all_took = sorted(time for times in took for time in times)
    return {
        "accepted": len(all_took),
        "failed": len(failed),
        "failures": sorted(set(failed))[:3],
        "started": started,
        "p50_ms": round(1000 * all_took[len(all_took) // 2], 2) if all_took else None,
        "p99_ms": round(1000 * all_took[int(len(all_took) * 0.99)], 2) if all_took else None,
    }


def main(kind: str, url: str, token: str, seconds: str, threads: str) -> None:
    """Run the loop and print what came of it."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    if kind == "ours":
        from plumbing.bus.client import Client

        client = Client(url, timeout=30)

        def ours() -> Callable[[str], Any]:
            return lambda case_id: client.call("submission", "submit_case", {"case_id": case_id}, token)

        result = closed_loop(ours, float(seconds), int(threads))
        client.close()
    else:
        from nameko.standalone.rpc import ClusterRpcProxy

        def stock() -> Callable[[str], Any]:
            # one for each thread: they must not be shared
            proxy = ClusterRpcProxy({"AMQP_URI": url}, timeout=30).start()
            return lambda case_id: proxy.submission.submit_case(case_id=case_id)

        result = closed_loop(stock, float(seconds), int(threads))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
