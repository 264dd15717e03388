"""Children: answers, refusals, limits, and an environment without secrets; with eventlet and without."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.errors import InvalidInput
from plumbing.offload import Offload, OffloadFailed, OffloadKilled, OffloadTimeout, child

HERE = "tests.unit.plumbing.offloaded"
ROOT = Path(__file__).resolve().parents[3]
OFFLOAD = Offload()


def test_a_child_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINLV_SIGNING_KEY", "secret")
    answer = OFFLOAD.call(f"{HERE}:double", {"value": 21, "word": "新绿"})
    assert answer == {"value": 42, "word": "新绿", "at": "2026-01-01T00:00:00.000Z"}
    assert OFFLOAD.call(f"{HERE}:environment", None) == []


def test_a_refusal_comes_back_as_one() -> None:
    with pytest.raises(InvalidInput) as refused:
        OFFLOAD.call(f"{HERE}:refuse", None)
    assert refused.value.fields[0].rule == "broken"


@pytest.mark.parametrize("function", [f"{HERE}:fail", f"{HERE}:missing", "no.such.module:x"])
def test_a_fault_is_told_in_one_line(function: str) -> None:
    with pytest.raises(OffloadFailed) as failed:
        OFFLOAD.call(function, None)
    assert "\n" not in str(failed.value) and not isinstance(failed.value, OffloadKilled)


def test_memory_is_limited() -> None:
    with pytest.raises(OffloadKilled, match="memory"):
        OFFLOAD.call(f"{HERE}:eat", 400_000_000, memory_mb=256)
    assert OFFLOAD.call(f"{HERE}:eat", 400_000_000, memory_mb=1024) == 400_000_000


@pytest.mark.parametrize("function", ["rest", "spin"])
def test_time_is_limited(function: str) -> None:
    begun = time.monotonic()
    with pytest.raises(OffloadTimeout):
        OFFLOAD.call(f"{HERE}:{function}", None, timeout=1)
    assert time.monotonic() - begun < 10


def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(OffloadKilled):
        OFFLOAD.call(f"{HERE}:die", None)


def test_without_eventlet_a_thread_is_a_call() -> None:
    assert OFFLOAD.thread(max, 1, 2) == 2


def test_what_the_child_does() -> None:
    assert child.run(f"{HERE}:double", {"value": 1, "word": "x"})["result"]["value"] == 2
    assert child.run(f"{HERE}:refuse", None)["refusal"]["code"] == "InvalidInput"
    assert child.run(f"{HERE}:fail", None)["error"] == "ZeroDivisionError: a fault"


def test_under_eventlet_others_go_on_meanwhile() -> None:
    program = f"""
import eventlet
eventlet.monkey_patch()
import time
from plumbing.offload import Offload, OffloadTimeout
offload, ticks = Offload(), []
def tick():
    while True:
        ticks.append(1)
        eventlet.sleep(0.01)
eventlet.spawn(tick)
assert offload.call("{HERE}:double", {{"value": 1, "word": "x"}})["value"] == 2
child = len(ticks)
assert child > 3, child
try:
    offload.call("{HERE}:rest", None, timeout=0.5)
    raise SystemExit("no timeout")
except OffloadTimeout:
    pass
from argon2 import PasswordHasher
ticks.clear()
offload.thread(PasswordHasher(time_cost=8, memory_cost=65536, parallelism=1).hash, "x")
assert len(ticks) > 3, len(ticks)
print("well")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.stdout == "well\n", done.stderr


def test_limits_are_set_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: told.update({what: limits}))
    monkeypatch.setattr(child, "sys", type("Elsewhere", (), {"platform": "darwin"}))
    child.limit(1, 5)
    assert told == {
        resource.RLIMIT_AS: (1024 * 1024, 1024 * 1024),
        resource.RLIMIT_CPU: (5, 6),
        resource.RLIMIT_CORE: (0, 0),
    }
