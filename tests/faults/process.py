"""Run a service of the fault runs as a process: ``python -m tests.faults.process review``.

XINLV_FAULT arms the places where it dies; XINLV_FAULT_HEARTBEAT shortens the broker's patience (the relay's
lease is always short here), so that no case takes minutes; XINLV_FAULT_RELEASE=2 runs the next release.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any


def main(name: str) -> int:
    """Run it until SIGTERM, just as runner.serve runs a real one."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    importlib.import_module("prometheus_client")
    import eventlet

    eventlet.monkey_patch()
    from plumbing.bus import link, relay
    from plumbing.bus.container import run_service
    from plumbing.settings import Settings
    from tests.faults import breakages, points, services

    link.HEARTBEAT = int(os.environ.get("XINLV_FAULT_HEARTBEAT", link.HEARTBEAT))
    relay.LEASE_SECONDS, relay.RENEW_AFTER = 3.0, 1.0
    breakages.make()
    count_shared()
    points.arm(os.environ.get("XINLV_FAULT", ""))
    chosen = services.SERVICES
    if os.environ.get("XINLV_FAULT_RELEASE") == "2":
        chosen = services.newer(chosen)
    return run_service(chosen[name], Settings.from_environment(name))


def count_shared() -> None:
    """Show among the metrics how many commands ended in a transaction that they shared with others."""
    from prometheus_client import Counter

    from plumbing.store.sharing import Sharing

    shared = Counter("xinlv_fault_shared_total", "Commands that ended in a shared transaction")
    share = Sharing._share

    def counted(self: Any, batch: Sequence[Any]) -> None:
        share(self, batch)
        ended = sum(turn.ended is not None for turn in batch)
        shared.inc(ended if ended > 1 else 0)

    Sharing._share = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
