"""Answers as tables of what fits, or a line a field; nothing is left out without saying so.

``--long`` shows every field of a row, ``--json`` prints the answer raw.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import Schema
from rich.cells import cell_len
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from desk.columns import TELLING, Column, lay_out
from desk.labels import LABELS
from desk.words import CUT, cell, find_codes, whole

NEVER = {"body", "correlation_id", "cause_id", "cause_type", "version"}
"""Of no use in a list; ``--long``, ``show`` and ``--json`` have them."""

OPEN = {"result", "details", "problem", "facts", "method", "content", "summary"}
"""Objects whose fields differ from row to row: a column each would be a column for one row."""
EMPTY: tuple[Any, ...] = (None, "", [], {})


def show_json(value: Any, console: Console) -> None:
    """Print a value as JSON, readable and without escapes."""
    console.print_json(json.dumps(value, ensure_ascii=False, default=str))


def show_rows(
    rows: Sequence[dict[str, Any]],
    schema: Schema | Iterable[str],
    console: Console,
    *,
    long: bool = False,
    telling: Sequence[str] = TELLING,
) -> None:
    """Print rows as a table; columns that are empty everywhere are left out, those without room are named.

    ``long`` prints every field of every row instead, a line a field; ``telling`` says which columns go first
    where room is short.
    """
    if not rows:
        console.print("没有记录 nothing to show", style="dim")
        return
    if long:
        show_records(rows, console)
        return
    names = list(schema.fields) if isinstance(schema, Schema) else list(schema)
    flat = [flatten(row) for row in rows]
    filled = [name for name in _spread(names, flat) if any(row.get(name) not in EMPTY for row in flat)]
    columns = [
        Column(name, heading(name).replace(" ", "\n", 1), [cell(row.get(name), name) for row in flat])
        for name in filled
    ]
    laid = lay_out(columns, console.width, telling)
    table = Table(show_edge=False)
    for column, width in laid:
        table.add_column(column.heading, width=width, overflow="fold")
    for number in range(len(rows)):
        table.add_row(*(Text(column.texts[number]) for column, _ in laid))
    console.print(table)
    shown = " ".join(column.heading for column, _ in laid).split()
    if any(text.endswith(CUT) for column, _ in laid for text in column.texts):
        console.print(f"过长的内容以 {CUT} 截断 long texts are cut（--long 全部 shows all）", style="dim")
    if left := [name for name in filled if name not in shown]:
        said = f"未列出 no room for: {', '.join(left)}（--long 全部 shows all）"
        console.print(said, style="dim", highlight=False)


def show_records(rows: Sequence[dict[str, Any]], console: Console) -> None:
    """Print every field of every row, a line a field, nothing cut."""
    for number, row in enumerate(rows):
        if number:
            console.print(Rule(style="dim"))
        show_one(row, console)


def show_one(answer: dict[str, Any], console: Console) -> None:
    """Print one answer, a line a field; lists of objects become tables below it."""
    told: list[tuple[str, str]] = []
    below: list[tuple[str, list[dict[str, Any]]]] = []
    for name, value in answer.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            below.append((name, value))
        else:
            told.append((heading(name), whole(value, name)))
    _show_fields(told, console)
    for name, rows in below:
        console.print(f"\n[bold]{heading(name)}[/]")
        show_rows(rows, list(dict.fromkeys(key for row in rows for key in row)), console)
    if not answer:
        console.print("完成 done", style="green")


def _show_fields(told: Sequence[tuple[str, str]], console: Console) -> None:
    """Print names and values side by side; a code that would have to be broken stands below its name."""
    widest = max((cell_len(name) for name, _ in told), default=0) + 2
    for name, text in told:
        label = Text(name, style="bold")
        if widest + max(map(cell_len, find_codes(text)), default=0) > console.width:
            console.print(label)
            for part in text.splitlines():
                console.print(Text(f"  {part}"), soft_wrap=True)
            continue
        label.append(" " * (widest - cell_len(name)))
        lines = Text(text, style="not bold").wrap(console, max(20, console.width - widest), overflow="fold")
        for line in lines:
            console.print(label + line, soft_wrap=True)
            label = Text(" " * widest)


def heading(name: str) -> str:
    """Return a column's heading, Chinese first; of ``unit.name`` that of its last part."""
    last = name.rpartition(".")[2]
    return f"{LABELS[last]} {name}" if last in LABELS else name


def flatten(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with the fields of its objects beside its own, as ``unit.name``."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value.keys() != {"zh", "en"} and value and name not in OPEN:
            flat |= {f"{name}.{inner}": it for inner, it in flatten(value).items()}
        else:
            flat[name] = value
    return flat


def _spread(names: Sequence[str], flat: Sequence[dict[str, Any]]) -> list[str]:
    """The columns in the contract's order, an object's fields in its place and no field twice."""
    found = dict.fromkeys(name for row in flat for name in row)
    spread = [each for name in names for each in found if each == name or each.startswith(f"{name}.")]
    # an object repeats what stands beside it: qualification's unit_id and unit.unit_id
    return [name for name in spread if name not in NEVER and name.rpartition(".")[2] not in NEVER
            and not ("." in name and name.rpartition(".")[2] in names and name.endswith("_id"))]  # fmt: skip
