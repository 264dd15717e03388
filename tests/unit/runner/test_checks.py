"""`./xinlv test` fails when anything fails, and says how far the tests reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from runner import checks, coverage_rooms


@pytest.fixture
def ran(monkeypatch):
    """Commands instead of the real checks, which would run these tests again."""
    commands = []

    def run(command, environment=None):
        commands.append((command, environment))
        return next((code for word, code in outcomes.items() if word in " ".join(command)), 0)

    outcomes: dict[str, int] = {}
    monkeypatch.setattr(checks, "_run", run)
    return commands, outcomes


def test_everything_runs_and_arguments_reach_pytest(ran):
    commands, _ = ran
    assert checks.run_checks(["-k", "one"]) == 0
    words = [" ".join(command) for command, _ in commands]
    for tool, said in zip(("ruff check", "mypy", "lint-imports", "pytest"), words, strict=True):
        assert tool in said
    assert commands[-1][0][-2:] == ["-k", "one"]
    assert "coverage" in commands[-1][1]["COVERAGE_FILE"]


def test_the_whole_runs_side_by_side_and_what_somebody_chose_in_one_process(ran):
    commands, _ = ran
    for arguments in ([], ["--durations=5"]):
        checks.run_checks(arguments)
        assert "-n" in commands[-1][0] and commands[-1][1][coverage_rooms.BINDING]
    for arguments in (["tests/unit"], ["tests/unit/runner/test_checks.py::test_x"], ["-k", "one"], ["-s"]):
        checks.run_checks(arguments)
        assert "-n" not in commands[-1][0] and coverage_rooms.BINDING not in commands[-1][1]


def test_a_failed_linter_fails_the_run_but_not_before_the_tests(ran, capsys):
    commands, outcomes = ran
    outcomes["mypy"] = 1
    assert checks.run_checks([]) == 1
    assert len(commands) == 4
    assert "mypy" in capsys.readouterr().out.splitlines()[-1]


def test_failed_tests_keep_their_exit_code(ran):
    _, outcomes = ran
    outcomes["pytest"] = 5
    assert checks.run_checks([]) == 5


def test_fault_runs_are_handed_over(ran):
    commands, _ = ran
    checks.run_checks(["--faults", "--seeds", "3"])
    assert commands[0][0][-4:] == ["-m", "tests.faults", "--seeds", "3"]


def test_a_missing_tool_is_a_failure_not_a_traceback():
    assert checks._run(["/nonexistent/tool"]) == 127


def test_branches_are_counted_by_room(monkeypatch, tmp_path):
    def file(reached, total):
        return {"summary": {"covered_branches": reached, "num_branches": total}}

    report = {
        "files": {
            "plumbing/store/tx.py": file(9, 10),
            "plumbing/web/server.py": file(10, 10),
            "services/review/domain/ties.py": file(4, 4),
            "services/review/service.py": file(0, 2),
            "contracts/words.py": file(0, 0),
        }
    }
    assert coverage_rooms.count_by_room(report) == {
        "contracts": (0, 0),
        "plumbing": (19, 20),
        "services/review/domain": (4, 4),
        "services/review": (0, 2),
    }
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    lines = []

    class Reporter:
        section = staticmethod(lines.append)
        write_line = staticmethod(lines.append)

    monkeypatch.setenv(coverage_rooms.REPORT, str(tmp_path / "absent.json"))
    coverage_rooms.pytest_terminal_summary(Reporter)
    assert lines == []
    monkeypatch.setenv(coverage_rooms.REPORT, str(tmp_path / "report.json"))
    coverage_rooms.pytest_terminal_summary(Reporter)
    assert [line.split()[-1] for line in lines[1:]] == ["ok", "ok", "ok", "%"]


@pytest.fixture
def covered(monkeypatch, tmp_path):
    """Have coverage report so many of a hundred branches of a file, where the goal decides or not."""

    def report(file, reached, binding="1"):
        summary = {"covered_branches": reached, "num_branches": 100}
        (tmp_path / "report.json").write_text(json.dumps({"files": {file: {"summary": summary}}}))
        monkeypatch.setenv(coverage_rooms.REPORT, str(tmp_path / "report.json"))
        monkeypatch.setenv(coverage_rooms.BINDING, binding)

    return report


@pytest.mark.parametrize(
    ("file", "reached", "binding", "code"),
    [
        ("plumbing/store/tx.py", 94, "1", 1),
        ("plumbing/store/tx.py", 95, "1", 0),
        ("contracts/words.py", 94, "1", 1),
        ("services/review/domain/ties.py", 94, "1", 1),
        ("services/review/service.py", 0, "1", 0),
        ("plumbing/store/tx.py", 94, "", 0),
    ],
)
def test_a_room_below_its_goal_fails_a_whole_run_that_passed(covered, file, reached, binding, code):
    covered(file, reached, binding)
    session = SimpleNamespace(exitstatus=0)
    coverage_rooms.pytest_sessionfinish(session)
    assert session.exitstatus == code


@pytest.mark.parametrize("before", [1, 2, 5])
def test_what_went_wrong_before_keeps_its_exit_code(covered, before):
    covered("plumbing/store/tx.py", 0)
    session = SimpleNamespace(exitstatus=before)
    coverage_rooms.pytest_sessionfinish(session)
    assert session.exitstatus == before


def test_a_run_that_fails_by_its_coverage_says_so_before_pytests_own_summary(covered, tmp_path):
    covered("plumbing/store/tx.py", 94)
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n")
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "runner.coverage_rooms"]
    told = {"PYTHONPATH": str(checks.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(tmp_path)],
        env={**os.environ, **told}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    *_, said, last = done.stdout.splitlines()
    assert said == "未达到 failed, below 95 %: plumbing" and "1 passed" in last


def test_greenlets_are_followed_in_services_only(monkeypatch, tmp_path):
    from coverage.config import CoverageConfig

    from runner.stack import environment
    from runner.stack.secrets import load_or_make
    from runner.stack.state import State

    config = CoverageConfig()
    config.concurrency = ["thread"]
    monkeypatch.setenv(environment.MEASURING, config.serialize())
    state = State(tmp_path)
    state.open()
    for part in ("amqp", "management", "mongo", "s3", "smtp"):
        state.port(part)
    for service, followed in ((None, ["thread"]), ("review", ["thread", "greenlet"])):
        told = environment.describe(state, load_or_make(tmp_path), service)[environment.MEASURING]
        assert CoverageConfig.deserialize(told).concurrency == followed
