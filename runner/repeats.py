"""How many events the services took for repeats, as their metrics tell."""

from __future__ import annotations

import http.client

from plumbing.settings import SERVICES
from runner.services import ServiceProcesses

METRIC = "xinlv_events_repeated_total{"


def count_repeats(services: ServiceProcesses) -> int:
    """Return the sum over all services, since each was started."""
    return sum(_count(int(services.stack.state.document["ports"][f"http_{name}"])) for name in SERVICES)


def _count(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(METRIC))
