"""What the page may say of breakages and of stock handlers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults import breaking, report
from tests.faults.breakages import BREAKAGES, HERE
from tests.faults.guarantees import NOT_ASKED


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of what was noticed, empty so far."""
    file = tmp_path / "noticed.json"
    monkeypatch.setattr(breaking, "SEEN", file)
    return file


def test_every_change_is_said_in_words() -> None:
    assert all(breaking.change(number) for number in BREAKAGES)
    assert BREAKAGES.keys() >= HERE


def test_the_list_speaks_of_the_changes_as_they_are() -> None:
    listed = json.loads(breaking.SEEN.read_text(encoding="utf-8"))
    assert {int(number) for number in listed} == breaking.noticed().keys() == BREAKAGES.keys()


def test_what_is_no_longer_noticed_is_forgotten(seen: Path) -> None:
    breaking.keep(9, "not parked")
    breaking.keep(7, "done twice")
    assert list(breaking.noticed()) == [7, 9]
    breaking.keep(9, None)
    assert breaking.noticed() == {7: breaking.change(7)}


def test_another_change_must_be_seen_anew(seen: Path) -> None:
    breaking.keep(7, "done twice")
    seen.write_text(seen.read_text(encoding="utf-8").replace(breaking.change(7), "something else"))
    assert breaking.noticed() == {}


def test_the_page_shows_what_was_noticed_and_what_stock_handlers_did(
    seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, results = tmp_path / "page.md", tmp_path / "faults.jsonl"
    page.write_text(f"before\n{report.BEGIN}\n{report.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    row = {"column": "stock", "part": "1]", "seed": 1}
    said = {2: ("passed", "fails: 3 begun again"), 3: ("passed", "passes: all told"), 6: ("failed", "")}
    results.write_text("".join(
        json.dumps({**row, "case": case, "test": f"case {case}", "outcome": outcome, "said": words}) + "\n"
        for case, (outcome, words) in said.items()
    ), encoding="utf-8")  # fmt: skip
    breaking.keep(3, "never told")
    report.write(report.read(results))
    lines = {line.split(" | ")[0]: line for line in page.read_text(encoding="utf-8").splitlines()}
    assert " | – | fails: 3 begun again | " in lines["| 2"]
    assert f" | {breaking.change(3)} | passes: all told | " in lines["| 3"]
    assert " | the run broke | " in lines["| 6"]
    assert f" | {NOT_ASKED[12]} | " in lines["| 12"]
    assert lines["after"]
