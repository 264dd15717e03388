"""The results of fault runs, as a table on the terminal and in docs/reliability.md."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.breaking import noticed
from tests.faults.guarantees import HOW, NOT_ASKED

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: written by ./xinlv test --faults --report -->", "<!-- /faults -->"


@dataclass
class Case:
    """One case over its seeds."""

    number: int
    title: str
    passed: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    stock: str = ""

    @property
    def ours(self) -> str:
        """Say how many seeds passed of how many, and what of them was skipped."""
        count = len(self.passed | self.failed | self.skipped)
        if not count:
            return "not run"
        skipped = f"; skipped in {len(self.skipped)}: {', '.join(sorted(self.left_out))}"
        return f"{len(self.passed)} of {count}" + (skipped if self.skipped else "")


def read(file: Path) -> list[Case]:
    """Return every case with the newest result of each seed."""
    cases = {number: Case(number, title) for number, title in titles()}
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for row in map(json.loads, lines):
        newest[row["column"], row["case"], row["test"], row.get("part", ""), row["seed"]] = row
    outcomes: dict[tuple[int, int], set[str]] = defaultdict(set)
    for row in newest.values():
        if row["column"] == "stock":
            # it says itself whether the stock handlers failed; nothing where the run broke
            cases[row["case"]].stock = row["said"] or "the run broke"
        else:
            outcomes[row["case"], row["seed"]].add(row["outcome"])
            if row["outcome"] == "skipped":
                cases[row["case"]].left_out.add(_name(row["test"]))
    for (number, seed), found in outcomes.items():
        case = cases[number]
        if "failed" in found:
            case.failed.add(seed)
        elif "skipped" in found:
            # a seed that was tried in part has passed nothing
            case.skipped.add(seed)
        else:
            case.passed.add(seed)
    return [cases[number] for number in sorted(cases)]


def _name(test: str) -> str:
    """Return what a test is called, in words."""
    return test.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def titles() -> Iterator[tuple[int, str]]:
    """Yield each case's number and the first sentence of its file."""
    for file in sorted(FOLDER.glob("test_[0-9]*.py")):
        said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        yield int(file.name.split("_")[1]), said.split("\n\n")[0].replace("\n", " ").rstrip(".")


def show(cases: Iterable[Case]) -> str:
    """Return the table for a terminal."""
    lines = [f"{'':>3} {'Xinlv':>9}  stock nameko · case"]
    for case in cases:
        stock = f" · stock {case.stock}" if case.stock else ""
        failed = f"  FAILED seeds {sorted(case.failed)}" if case.failed else ""
        lines.append(f"{case.number:>3} {case.ours:>9}  {case.title}{stock}{failed}")
    return "\n".join(lines)


def write(cases: Iterable[Case]) -> None:
    """Put the table into the page."""
    rows = [
        "| | case | Xinlv, seeds passed | turns red when | stock nameko | how it is met |",
        "|---|---|---|---|---|---|",
    ]
    red = noticed()
    for case in cases:
        how, place = HOW[case.number]
        link = f"[{Path(place).name}](../{place})"
        stock = case.stock or NOT_ASKED.get(case.number, "not run")
        rows.append(
            f"| {case.number} | {case.title} | {case.ours} | {red.get(case.number, '–')} | {stock} "
            f"| {how} ({link}) |"
        )
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(rows) + f"\n{END}{after}", encoding="utf-8")
