"""Run a sample service as a process: ``python -m tests.fakes.sample_process review``."""

from __future__ import annotations

import importlib
import sys
import warnings


def main(name: str) -> int:
    """Run it until SIGTERM, just as runner.serve runs a real one."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    importlib.import_module("prometheus_client")
    import eventlet

    eventlet.monkey_patch()
    from plumbing.bus.container import run_service
    from plumbing.settings import Settings
    from tests.fakes.sample_services import SAMPLES

    return run_service(SAMPLES[name], Settings.from_environment(name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
