"""Jobs and loops of a service: carried on in the background, by one replica at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from nameko.extensions import Entrypoint

from plumbing.bus.runtime import Runtime
from plumbing.web import metrics

JOBS_AT_ONCE = 2
STEPS_AT_ONCE = 10
"""A job is let go after so many steps, so that others have their turn; on a stop after the one it is in."""
JOB_POLL = 1.0
LONGEST_PAUSE = 30.0
log = structlog.get_logger(__name__)


class Background(Entrypoint):
    """Carries on whatever jobs are due and runs every loop of the service again and again."""

    def __init__(self, runtime: Runtime, **options: Any) -> None:
        super().__init__(**options)
        self._runtime = runtime
        self._pool = GreenPool(1000)
        self._stop = threading.Event()
        self._jobs = threading.Event()
        self._ended = Event()

    def start(self) -> None:
        """Begin as soon as the service is ready."""
        self._runtime.executor.wake_jobs = self._jobs.set
        self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Let each end the step it is in, and give the leases back."""
        self._stop.set()
        self._jobs.set()
        with eventlet.Timeout(self._runtime.grace, False):
            self._ended.wait()

    def _run(self) -> None:
        try:
            while not self._runtime.prepared.wait(0.2):
                if self._stop.is_set():
                    return
            executor = self._runtime.executor
            for _ in range(JOBS_AT_ONCE):
                self._pool.spawn_n(self._again, "jobs", self._carry_on, self._jobs, JOB_POLL)
            for name, loop in executor.loops.items():
                run = partial(executor.run_loop, name)
                self._pool.spawn_n(self._again, name, run, self._stop, loop.every)
            self._pool.waitall()
            for name in executor.loops:
                self._give_back(f"loop:{name}")
        finally:
            self._ended.send()

    def _carry_on(self) -> int:
        self._jobs.clear()
        jobs = self._runtime.executor.jobs
        return int(jobs.run_once(most_steps=STEPS_AT_ONCE, stopping=self._stop.is_set))

    def _again(self, name: str, run: Callable[[], int], wake: threading.Event, every: float) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                done = run()
                failures = 0
            except Exception:
                failures += 1
                done = 0
                metrics.LOOP_ERRORS.labels(name).inc()
                log.exception("background_failed", name=name, failures=failures)
            if done:
                metrics.JOB_STEPS.labels(name).inc()
                eventlet.sleep(0)
            else:
                wake.wait(min(LONGEST_PAUSE, every * 2 ** min(failures, 6)))

    def _give_back(self, lease: str) -> None:
        try:
            self._runtime.executor.leases.acquire(lease, 0)
        except Exception:
            log.warning("lease_not_released", lease=lease)
