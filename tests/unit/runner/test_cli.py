"""`./xinlv test` and `bench` explain themselves, and start nothing that is none."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runner import benches, checks
from runner.cli import app


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_test_explains_itself_and_runs_nothing(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setattr(checks, "_run", lambda *_: pytest.fail("it ran something"))
    answer = CliRunner().invoke(app, ["test", "-k", "ties", word])
    assert answer.exit_code == 0
    for said in ("pytest", "ruff", "--faults", "--seeds N", "--cases", "--large", "--report"):
        assert said in answer.output


def test_the_fault_runs_explain_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(checks, "_run", lambda command, *_: ran.append(list(command)) or 0)
    assert CliRunner().invoke(app, ["test", "--faults", "--help"]).exit_code == 0
    assert [command[-3:] for command in ran] == [["-m", "tests.faults", "--help"]]


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_bench_lists_the_benchmarks(words: list[str]) -> None:
    answer = CliRunner().invoke(app, ["bench", *words])
    assert answer.exit_code == 0 and "pipeline" in answer.output and "load " not in answer.output


@pytest.mark.parametrize("name", ["load", "bare", "processes", "services", "stock", "__init__", "../x", "x"])
def test_what_a_benchmark_starts_is_none(name: str) -> None:
    answer = CliRunner().invoke(app, ["bench", name])
    assert answer.exit_code == 2 and "there is no benchmark" in answer.output and "pipeline" in answer.output


def test_every_benchmark_that_is_listed_can_be_started(tmp_path: Path) -> None:
    for name, what in benches.find_benchmarks().items():
        main = importlib.import_module(f"benchmarks.{name}").main
        assert list(inspect.signature(main).parameters) == ["argv"] and what
    (tmp_path / "part.py").write_text("def main(name): ...\n")
    (tmp_path / "whole.py").write_text('"""Whole.\n\nMore."""\ndef main(argv=()): ...\n')
    assert benches.find_benchmarks(tmp_path) == {"whole": "Whole."}
