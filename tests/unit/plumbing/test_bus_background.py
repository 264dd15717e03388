"""Jobs and loops: one that fails is tried again and hinders no other, and a stop gives the leases back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import eventlet
import pytest
from prometheus_client import REGISTRY

from plumbing.bus.background import STEPS_AT_ONCE, Background
from plumbing.bus.runtime import Runtime
from tests.support.waiting import until
from tests.unit.plumbing.threads import Pool, Signal, a_runtime


class Executor:
    """Jobs and two loops; the first loop fails as often as a test wants."""

    def __init__(self) -> None:
        self.loops = {name: SimpleNamespace(every=0.001) for name in ("unit_faulty", "unit_sound")}
        self.jobs = self.leases = self
        self.faults = 0
        self.rounds = dict.fromkeys(self.loops, 0)
        self.given_back: list[str] = []
        self.lease_fault: Exception | None = None
        self.waiting_jobs = 0
        self.taking = threading.Lock()
        self.most_steps = 0
        self.wake_jobs: Any = None

    def run_loop(self, name: str) -> int:
        if name == "unit_faulty" and self.faults:
            self.faults -= 1
            raise ConnectionError("the database is away")
        self.rounds[name] += 1
        return 0

    def run_once(self, most_steps: int, stopping: Any) -> int:
        self.most_steps = most_steps
        with self.taking:
            if not self.waiting_jobs or stopping():
                return 0
            self.waiting_jobs -= 1
            return 1

    def acquire(self, lease: str, seconds: float) -> None:
        assert seconds == 0
        if self.lease_fault:
            raise self.lease_fault
        self.given_back.append(lease)


@pytest.fixture
def executor() -> Executor:
    return Executor()


@pytest.fixture
def runtime(executor: Executor) -> Runtime:
    return a_runtime(executor)


@pytest.fixture
def background(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Background]:
    monkeypatch.setattr(eventlet, "sleep", time.sleep)
    made = Background(runtime)
    pool = Pool()
    monkeypatch.setattr(made, "container", pool)
    monkeypatch.setattr(made, "_pool", Pool())
    monkeypatch.setattr(made, "_ended", Signal())
    made.start()
    yield made
    made.stop()
    pool.waitall()
    assert made._ended.is_set()


def counted(metric: str, name: str) -> float:
    return REGISTRY.get_sample_value(metric, {"name": name}) or 0.0


def test_a_loop_that_fails_is_tried_again_and_the_others_go_on(
    background: Background, executor: Executor, runtime: Runtime
) -> None:
    before = counted("xinlv_background_errors_total", "unit_faulty")
    executor.faults = 3
    runtime.prepared.set()
    until(lambda: executor.rounds["unit_faulty"] > 2 and executor.rounds["unit_sound"] > 2)
    assert counted("xinlv_background_errors_total", "unit_faulty") == before + 3
    assert counted("xinlv_background_errors_total", "unit_sound") == 0


def test_a_stop_gives_back_the_lease_of_every_loop(
    background: Background, executor: Executor, runtime: Runtime
) -> None:
    runtime.prepared.set()
    until(lambda: all(executor.rounds.values()))
    assert not executor.given_back
    background.stop()
    assert executor.given_back == ["loop:unit_faulty", "loop:unit_sound"]


def test_a_lease_that_cannot_be_given_back_does_not_hold_up_the_stop(
    background: Background, executor: Executor, runtime: Runtime
) -> None:
    executor.lease_fault = ConnectionError("the database is away")
    runtime.prepared.set()
    until(lambda: all(executor.rounds.values()))
    begun = time.monotonic()
    background.stop()
    assert time.monotonic() - begun < 5 and executor.given_back == []


def test_jobs_are_carried_on_at_once_when_one_is_put_in(
    background: Background, executor: Executor, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plumbing.bus.background.JOB_POLL", 60.0)
    before = counted("xinlv_job_steps_total", "jobs")
    runtime.prepared.set()
    until(lambda: executor.most_steps == STEPS_AT_ONCE)
    executor.waiting_jobs = 4

    def all_done() -> bool:
        executor.wake_jobs()
        return not executor.waiting_jobs

    until(all_done, 5)
    until(lambda: counted("xinlv_job_steps_total", "jobs") == before + 4)


def test_nothing_begins_before_the_indexes_stand(
    background: Background, executor: Executor, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()

    def not_yet(_seconds: float) -> bool:
        looked.set()
        time.sleep(0.001)
        return False

    monkeypatch.setattr(runtime.prepared, "wait", not_yet)
    assert looked.wait(10)
    background.stop()
    assert executor.most_steps == 0 and not any(executor.rounds.values()) and not executor.given_back
