"""Runs cases with the one change that each must notice, and keeps which of them were seen to turn red."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from runner.stack.state import ROOT
from tests.faults.breakages import BREAKAGES

SEEN = Path(__file__).with_name("noticed.json")


def run(numbers: Iterable[int]) -> int:
    """Run cases broken; 0 only when all of them turned red."""
    unnoticed = 0
    for number in numbers:
        environment = {**os.environ, "XINLV_FAULT_BREAK": str(number), "XINLV_FAULT_RECOVERY": "15"}
        command = [sys.executable, "-m", "pytest", "tests/faults", "-q", "-p", "no:cacheprovider", "-x",
                   "--tb=line", "-p", "tests.faults.breakages", "-k", f"test_{number:02d}_"]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        said = next((line for line in done.stdout.splitlines() if line.startswith("E  ")), "")
        # what follows is the end of a process's log
        said = said.removeprefix("E").partition(": {")[0].strip()[:120]
        red = done.returncode == 1
        unnoticed += not red
        keep(number, said if red else None)
        verdict = "red" if red else "NOT NOTICED"
        sys.stdout.write(f"{number:>3} {change(number)}: {verdict} {said}\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


def change(number: int) -> str:
    """Say in words what is changed for a case."""
    return (BREAKAGES[number].__doc__ or "").strip()


def keep(number: int, said: str | None) -> None:
    """Keep what a case said when it turned red, or forget that it did where it no longer does."""
    seen = json.loads(SEEN.read_text(encoding="utf-8")) if SEEN.exists() else {}
    seen.pop(str(number), None)
    if said is not None:
        seen[str(number)] = {"change": change(number), "said": said}
    rows = dict(sorted(seen.items(), key=lambda one: int(one[0])))
    SEEN.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def noticed() -> dict[int, str]:
    """Return the change that each case was seen to turn red by, as long as it is still that change."""
    seen = json.loads(SEEN.read_text(encoding="utf-8")) if SEEN.exists() else {}
    return {
        int(number): row["change"]
        for number, row in seen.items()
        if int(number) in BREAKAGES and change(int(number)) == row["change"]
    }
