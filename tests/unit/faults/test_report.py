"""What a table of fault runs may claim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults import report

FILE = "tests/faults/test_13_no_memory_no_disk.py"
MEMORY, DISK = f"{FILE}::test_a_memory_alarm_holds_up", f"{FILE}::test_a_full_disk_refuses"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Return how the table shows case 13 after these results: read((test, seed, outcome), …)."""

    def read(*results: tuple[str, int, str]) -> report.Case:
        rows = [
            {"case": 13, "column": "ours", "test": test, "part": f"{seed}]", "seed": seed,
             "outcome": outcome, "said": ""}
            for test, seed, outcome in results
        ]  # fmt: skip
        file = tmp_path / "faults.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return next(case for case in report.read(file) if case.number == 13)

    return read


def test_a_seed_passes_only_when_nothing_of_it_was_skipped(read: Any) -> None:
    case = read((MEMORY, 1, "passed"), (DISK, 1, "skipped"), (MEMORY, 2, "passed"), (DISK, 2, "passed"))
    assert (case.passed, case.skipped, case.failed) == ({2}, {1}, set())
    assert case.ours == "1 of 2; skipped in 1: a full disk refuses"
    assert case.ours in report.show([case])


def test_a_failure_counts_whatever_else_was_skipped(read: Any) -> None:
    case = read((MEMORY, 1, "failed"), (DISK, 1, "skipped"))
    assert (case.passed, case.failed) == (set(), {1})
    assert case.ours == "0 of 1"


def test_the_newest_result_of_a_seed_counts(read: Any) -> None:
    assert read((DISK, 1, "skipped"), (DISK, 1, "passed")).ours == "1 of 1"
    assert read((DISK, 1, "passed"), (DISK, 1, "skipped")).ours == "0 of 1; skipped in 1: a full disk refuses"


def test_what_was_not_run_says_so(read: Any) -> None:
    assert read().ours == "not run"
