"""`bench pipeline --json` prints one object with ratios and fails where a goal is missed; without load."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks import pipeline
from runner.cli import app

PLACES = {"submission": 3.0, "mongod": 2.0}
FAST = {"bare": 1000.0, "ours": 400.0, "stock": 200.0, "memory": 149.9}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have the benchmark measure what the test says, on a stack that is none; tell what it was asked."""
    seen: dict[str, Any] = {"stack": [], "measures": dict(FAST)}

    class FakeStack:
        def __init__(self, *_given: Any, **_more: Any) -> None:
            self.start = lambda: seen["stack"].append("started")
            self.stop = lambda: seen["stack"].append("stopped")

    class FakeBench:
        def __init__(self, _stack: Any, seconds: float, threads: int, say: Any) -> None:
            self.seconds, self.threads, self.say = seconds, threads, say

        def bare(self) -> dict[str, Any]:
            return {"per_second": seen["measures"]["bare"], "cpu_ms_each": PLACES}

        def ours(self) -> dict[str, Any]:
            return self._loaded("ours")

        def stock(self) -> dict[str, Any]:
            return self._loaded("stock")

        def _loaded(self, name: str) -> dict[str, Any]:
            assert isinstance(seen["measures"][name], float), "it broke off"
            return {**self.bare(), "per_second": seen["measures"][name], "p50_ms": 9.5, "p99_ms": 40.0}

        def idle_memory(self) -> dict[str, float]:
            return {"review": 99.0, "awards": seen["measures"]["memory"]}

    monkeypatch.setattr(pipeline, "Stack", FakeStack)
    monkeypatch.setattr(pipeline, "Bench", FakeBench)
    return seen


def run(*words: str, code: int = 0) -> str:
    answer = CliRunner().invoke(app, ["bench", "pipeline", *words])
    assert answer.exit_code == code, answer.output
    return answer.stdout


def test_it_prints_one_object_and_nothing_else(bench: Any) -> None:
    found = json.loads(run("--json", "--seconds", "900", "--threads", "0"))
    assert found.keys() == {
        "seconds", "threads", "ours_to_bare", "ours_to_stock", "goals", "met", "measured", "idle_rss_mb",
        "cpus", "load_average",
    }  # fmt: skip
    assert (found["ours_to_bare"], found["ours_to_stock"]) == (0.4, 2.0)
    assert (found["seconds"], found["threads"]) == (60.0, 1), "within what it takes"
    assert found["goals"] == {"ours_to_bare": 0.30, "ours_to_stock": 1.8, "idle_rss_mb": 150.0}
    assert found["met"] == dict.fromkeys(found["goals"], True)
    assert found["measured"].keys() == {"bare", "ours", "stock"}
    assert found["idle_rss_mb"] == {"review": 99.0, "awards": 149.9}
    assert bench["stack"] == ["started", "stopped"]


@pytest.mark.parametrize(
    ("measures", "missed"),
    [
        ({"ours": 299.0, "stock": 100.0}, "ours_to_bare"),
        ({"ours": 300.0, "stock": 100.0}, None),
        ({"stock": 223.0}, "ours_to_stock"),
        ({"stock": 222.0}, None),
        ({"memory": 150.0}, "idle_rss_mb"),
    ],
    ids=str,
)
def test_a_missed_goal_is_the_exit_code(bench: Any, measures: dict[str, float], missed: str | None) -> None:
    bench["measures"] |= measures
    found = json.loads(run("--json", code=1 if missed else 0))
    assert [name for name, met in found["met"].items() if not met] == ([missed] if missed else [])


def test_people_read_what_was_missed(bench: Any) -> None:
    bench["measures"]["ours"] = 250.0
    shown = run(code=1)
    assert "ours_to_bare: 0.25 (goal 0.3: MISSED)" in shown
    assert "ours_to_stock: 1.25 (goal 1.8: MISSED)" in shown
    assert "awards 149.9" in shown and "submission 3" in shown


def test_the_stack_is_stopped_when_a_measurement_breaks_off(bench: Any) -> None:
    bench["measures"]["stock"] = None
    assert isinstance(CliRunner().invoke(app, ["bench", "pipeline"]).exception, AssertionError)
    assert bench["stack"] == ["started", "stopped"]
