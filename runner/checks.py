"""`./xinlv test`: the linters, the types, the rooms' borders, then every test on the real parts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from runner.coverage_rooms import BINDING, REPORT
from runner.stack.state import ROOT

CHECKS = (
    ("ruff", [sys.executable, "-m", "ruff", "check", "--quiet", "."]),
    ("mypy", [sys.executable, "-m", "mypy"]),
    ("import-linter", [str(Path(sys.executable).with_name("lint-imports"))]),
)
PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "--cov",
    "--cov-config=pyproject.toml",
    "--cov-report=term:skip-covered",
    "-p",
    "runner.coverage_rooms",
]
SIDE_BY_SIDE = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
"""Three at a time on two cores: a test waits for its parts about as long as it computes."""
HELP = """./xinlv test [ARGUMENTS]    运行全部检查 run everything that CI runs

First ruff, mypy and import-linter over the whole tree, then pytest on a real RabbitMQ, MongoDB, MinIO and
mail server, three files side by side, with coverage by room. Exit code 0 only when all of it passed and
contracts, plumbing and every domain have 95 % of their branches reached.

Arguments go to pytest; where they choose tests, those run in one process, without the goal:
  ./xinlv test tests/unit -k ties

./xinlv test --faults [OPTIONS]    破坏性测试 the fault runs instead, without the linters
  --seeds N       over how many seeds each case runs (1)
  --cases 2,9,14  only these of the cases; all unless given
  --large         case 19 with 5,000 cases instead of 500
  --report        write the table of results into docs/reliability.md
  --help          all of its options"""
CHOOSING = ("-s", "-k", "-m", "-x", "-n", "--pdb", "--lf", "--last-failed")


def run_checks(arguments: Sequence[str]) -> int:
    """Run everything, however early something fails; 0 only when all passed. Arguments go to pytest.

    pytest's own summary stands last. `--faults [--seeds N]` runs tests/faults over many seeds instead.
    """
    if "--faults" in arguments:
        rest = [argument for argument in arguments if argument != "--faults"]
        return _run([sys.executable, "-m", "tests.faults", *rest])
    failed = [name for name, command in CHECKS if _report(name, command)]
    if failed:
        # said before pytest begins, because the last lines belong to its summary
        sys.stdout.write(f"未通过 failed before the tests: {', '.join(failed)}\n")
        sys.stdout.flush()
    code = _run_tests(arguments)
    return code or (1 if failed else 0)


def _report(name: str, command: Sequence[str]) -> int:
    began = time.monotonic()
    sys.stdout.write(f"── {name}\n")
    sys.stdout.flush()
    code = _run(command)
    sys.stdout.write(f"{'通过 ok' if code == 0 else '未通过 FAILED'} · {time.monotonic() - began:.1f} s\n")
    sys.stdout.flush()
    return code


def _run_tests(arguments: Sequence[str]) -> int:
    """Coverage counts the service processes too: each writes its own data file, combined by pytest-cov."""
    with tempfile.TemporaryDirectory(prefix="xinlv-coverage-") as folder:
        report = str(Path(folder) / "coverage.json")
        environment = {"COVERAGE_FILE": str(Path(folder) / "coverage"), REPORT: report}
        beside: list[str] = []
        if not _chooses(arguments):
            beside, environment[BINDING] = SIDE_BY_SIDE, "1"
        return _run([*PYTEST, f"--cov-report=json:{report}", *beside, *arguments], environment)


def _chooses(arguments: Sequence[str]) -> bool:
    """Whether somebody asks for some tests only: those run in one process, where -s and --pdb work."""
    return any(one in CHOOSING or (ROOT / one.partition("::")[0]).exists() for one in arguments)


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> int:
    """Run one command in the root folder with its output passing straight through; Ctrl-C ends it too."""
    try:
        return subprocess.run(  # noqa: S603 - the commands are our own
            list(command), cwd=ROOT, env={**os.environ, **(environment or {})}, check=False
        ).returncode
    except OSError as error:
        sys.stdout.write(f"{command[0]}: {error}\n")
        return 127
