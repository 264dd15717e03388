"""Runs one service in nameko's container: waits for its parts with patience, stops without losing work."""

from __future__ import annotations

import gc
import signal
import time
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from nameko.containers import ServiceContainer

from plumbing import log as logs
from plumbing.bus.background import Background
from plumbing.bus.calls import Calls
from plumbing.bus.correlate import with_correlation
from plumbing.bus.inbox import InboxConsumer
from plumbing.bus.relay import Relay
from plumbing.bus.runtime import Runtime
from plumbing.bus.server import RpcServer
from plumbing.bus.shelf import Shelf
from plumbing.bus.watch import Watch
from plumbing.operations import with_common
from plumbing.parts import build_parts
from plumbing.service import Service
from plumbing.settings import Settings
from plumbing.store.executor import Executor
from plumbing.store.mongo import connect
from plumbing.web.server import WebServer

LONGEST_STOP = 30.0
log = structlog.get_logger(__name__)


def run_service(service: Service, settings: Settings) -> int:
    """Run a service until SIGTERM or SIGINT; return 0 after a stop in order, 1 when it was cut short."""
    logs.set_up(service.name, settings.log_level)
    stop = Event()

    def ask_to_stop(number: int, _frame: Any) -> None:
        # in a signal handler only a timer may be set; the hub turns at least twice a second
        eventlet.hubs.get_hub().schedule_call_global(0, _send_once, stop, number)

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    runtime = build_runtime(service, settings)
    web = WebServer(settings.http_host, settings.http_port, runtime)
    web.start()
    container = ServiceContainer(service_class(service, runtime), {"max_workers": settings.workers})
    container.start()
    # documents come and go by the thousand, and hardly any in cycles: looking for those less often saves time
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    log.info("started", port=web.port)
    number = stop.wait()
    log.info("stopping", signal=signal.Signals(number).name)
    ended = _stop(container, runtime)
    log.info("stopped", in_order=ended)
    web.close()
    return 0 if ended else 1


def build_runtime(service: Service, settings: Settings) -> Runtime:
    """Return the process's shared parts; nothing is connected yet that could fail."""
    client = connect(settings.mongo_url, f"xinlv-{service.name}")
    shelf = Shelf(settings.amqp_url, service.name)
    parts = build_parts(settings, client)
    parts.calls = Calls(settings, parts.tokens.for_service)
    executor = Executor(with_correlation(with_common(service, shelf)), client[settings.mongo_database], parts)
    runtime = Runtime(executor.service, settings, executor, executor.holder)
    executor.wake = runtime.committed
    shelf.use(runtime.publisher)
    return runtime


def service_class(service: Service, runtime: Runtime) -> type:
    """Return the class nameko runs: our entrypoints on methods that only give them a place."""

    def answer_calls(self: object) -> None:
        """Take RPC calls."""

    def handle_events(self: object) -> None:
        """Take events from the inbox."""

    def carry_on(self: object) -> None:
        """Do background work."""

    return type(
        f"{service.name.title()}Service",
        (),
        {
            "name": service.name,
            "answer_calls": RpcServer.decorator(runtime)(answer_calls),
            "handle_events": InboxConsumer.decorator(runtime)(handle_events),
            "carry_on": Background.decorator(runtime)(carry_on),
            "relay": Relay(runtime),
            "watch": Watch(runtime),
        },
    )


def _stop(container: ServiceContainer, runtime: Runtime) -> bool:
    started = time.monotonic()
    runtime.stopping.set()
    with eventlet.Timeout(LONGEST_STOP, False):
        container.stop()
        runtime.executor.parts.calls.close()
        log.info("container_stopped", seconds=round(time.monotonic() - started, 3))
        return True
    return False


def _send_once(stop: Event, number: int) -> None:
    if not stop.ready():
        stop.send(number)
