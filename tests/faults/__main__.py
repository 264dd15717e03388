"""``./xinlv test --faults [--seeds N] [--first N] [--cases 2,9,14] [--large] [--report] [--break 2,7]``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from runner.checks import SIDE_BY_SIDE
from runner.stack.state import ROOT
from tests.faults import breaking, report
from tests.faults.conftest import FIRST, RESULTS, SEEDS


def main(words: list[str]) -> int:
    """Run the cases over their seeds and print what came of it; 0 only when all passed."""
    parser = argparse.ArgumentParser(prog="xinlv test --faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds each case runs over")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--cases", default="", help="numbers, separated by commas; all unless given")
    parser.add_argument("--large", action="store_true", help="case 19 with 5,000 cases instead of 500")
    parser.add_argument("--report", action="store_true", help="write the table into docs/reliability.md")
    parser.add_argument("--only-report", action="store_true", help="run nothing, write what is known")
    parser.add_argument("--break", dest="broken", default="", help="cases to run broken; each must fail")
    asked = parser.parse_args(words)
    if asked.broken:
        return breaking.run([int(number) for number in asked.broken.split(",")])
    # what earlier runs found is kept, so that twenty seeds may be run in portions
    results = ROOT / ".xinlv" / "faults.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    code = 0 if asked.only_report else run(asked, results)
    cases = report.read(results)
    sys.stdout.write(report.show(cases) + "\n")
    if asked.report or asked.only_report:
        report.write(cases)
    return code


def run(asked: argparse.Namespace, results: Path) -> int:
    """Run pytest on the chosen cases."""
    environment = {
        **os.environ, SEEDS: str(asked.seeds), FIRST: str(asked.first), RESULTS: str(results),
        **({"XINLV_FAULT_CASES": "5000"} if asked.large else {}),
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "tests/faults", "-q", "-p", "no:cacheprovider", "--tb=short"]
    # each process has parts of its own to bring down
    command += SIDE_BY_SIDE if asked.seeds > 1 else []
    numbers = [f"{int(number):02d}" for number in asked.cases.split(",") if number]
    if numbers:
        command += ["-k", " or ".join(f"test_{number}_ or case_{number}_" for number in numbers)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
