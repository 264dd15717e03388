"""The checks as a table for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from desk.check.run import Report

WORDS = {
    "held": Text("✔ 成立 held", style="green"),
    "failed": Text("✘ 不成立 failed", style="bold red"),
    "not_made": Text("？ 未能检查 not made", style="yellow"),
}
MOST_SHOWN = 20


def print_report(report: Report, console: Console) -> None:
    """Print which checks held, and what those found that did not."""
    table = Table("检查 check", "核对 seen", "秒 s", "结果 verdict", show_edge=False)
    for result in report.results:
        title = f"{result.zh}\n{result.en}"
        table.add_row(title, str(result.looked_at), f"{result.seconds:.1f}", WORDS[result.verdict])
    console.print(table)
    for result in report.results:
        if result.why:
            console.print(f"  {result.name}: {result.why}", style="yellow", markup=False, highlight=False)
        for finding in result.findings[:MOST_SHOWN]:
            line = f"  {result.name}: {finding.subject}: {finding.problem}"
            console.print(line, style="red", markup=False, highlight=False)
        if len(result.findings) > MOST_SHOWN:
            console.print(f"  {result.name}: … {len(result.findings) - MOST_SHOWN} more", style="red")
    held = sum(result.verdict == "held" for result in report.results)
    console.print(
        f"{held}/{len(report.results)} 项成立 checks held", style="green" if report.held else "bold red"
    )
