"""How a refusal is shown, and which exit code it ends with."""

from __future__ import annotations

import json
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.errors import REFUSALS, InvalidInput, Refusal

FAILED: Final = 1
USAGE: Final = 2
NOT_MADE: Final = 3
EXIT_CODES: Final = {code: number for number, code in enumerate(REFUSALS, start=10)}
OTHER_REFUSAL: Final = 19


def exit_code(refusal: Refusal) -> int:
    """Return 10 to 18 by the kind of refusal, 19 for one this desk does not know."""
    return EXIT_CODES.get(refusal.code, OTHER_REFUSAL)


def describe_exit_codes() -> str:
    """Return the exit codes as one line for the help."""
    listed = ", ".join(f"{number} {code}" for code, number in EXIT_CODES.items())
    first = f"0 done, {FAILED} failed, {USAGE} wrong usage, {NOT_MADE} not made"
    return f"{first}, {listed}, {OTHER_REFUSAL} other refusal"


class Trouble(Exception):
    """What keeps the desk itself from working, before any service is asked; a line in each language."""

    zh_title: ClassVar[str]

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en = zh, en


def show_trouble(trouble: Trouble, console: Console, *, as_json: bool = False) -> None:
    """Print it, with ``as_json`` in the shape of a refusal."""
    if as_json:
        code = type(trouble).__name__
        problem = Refusal(trouble.zh, trouble.en).to_problem()
        problem |= {"type": f"urn:xinlv:problem:{code}", "title": trouble.zh_title, "code": code}
        console.print_json(json.dumps(problem, ensure_ascii=False))
        return
    console.print(f"✘ {trouble.zh}", style="bold red", highlight=False, markup=False, soft_wrap=True)
    console.print(f"  {trouble.en}", highlight=False, markup=False, soft_wrap=True)


def show_refusal(refusal: Refusal, console: Console, *, as_json: bool = False) -> None:
    """Print what was refused and why, field by field, in both languages."""
    if as_json:
        console.print_json(json.dumps(refusal.to_problem(), ensure_ascii=False))
        return
    console.print(f"[bold red]✘ {refusal.zh_title} {refusal.code}[/]")
    if isinstance(refusal, InvalidInput) and refusal.fields:
        table = Table(show_edge=False)
        words = [word for field in refusal.fields for word in (field.field, field.rule)]
        # a width that is set: rich crops others where one has a least width
        width = min(max(10, *map(cell_len, words)), console.width // 2 + 10)
        table.add_column("字段 field\n规则 rule", overflow="fold", width=width)
        table.add_column("说明\nexplanation", overflow="fold")
        for field in refusal.fields:
            table.add_row(Text(f"{field.field}\n{field.rule}"), Text(f"{field.zh}\n{field.en}"))
        console.print(table)
        return
    console.print(f"  {refusal.zh}", highlight=False, markup=False)
    console.print(f"  {refusal.en}", highlight=False, markup=False)
    for name, value in refusal.facts.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        console.print(f"    {name}: {shown}", style="dim", highlight=False, markup=False)
