"""Run services in this process: `python -m runner serve review`. One service one process is the rule.

nameko runs on eventlet, which replaces the standard library's threads and sockets; that has to happen before
anything else is imported, so this module imports nothing of the house at the top.
"""

from __future__ import annotations

import importlib
import sys
import warnings


def serve(name: str) -> int:
    """Run one service until SIGTERM; returns the exit code, 0 after a clean stop.

    Unusable settings end it with one line on standard error and code 2.
    """
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    # its locks must stay native: /metrics is answered by a thread that knows nothing of eventlet
    importlib.import_module("prometheus_client")

    import eventlet

    eventlet.monkey_patch()

    from plumbing.settings import Settings, SettingsError

    try:
        settings = Settings.from_environment(name)
    except SettingsError as error:
        sys.stderr.write(f"xinlv serve {name}: 无法启动 cannot start: {error}\n")
        return 2

    from plumbing.bus.container import run_service

    module = importlib.import_module(f"services.{name}.service")
    return int(run_service(module.SERVICE, settings) or 0)
