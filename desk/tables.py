"""Answers as tables: columns from the contract, times of this computer's zone; ``--json`` prints them raw."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from marshmallow import Schema
from rich.console import Console
from rich.table import Table
from rich.text import Text

from desk.labels import LABELS

NEVER = {"body", "correlation_id", "cause_id", "cause_type", "version"}
WIDEST = 60
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MOST_COLUMNS = 11


def show_json(value: Any, console: Console) -> None:
    """Print a value as JSON, readable and without escapes."""
    console.print_json(json.dumps(value, ensure_ascii=False, default=str))


def show_rows(rows: Sequence[dict[str, Any]], schema: Schema | Iterable[str], console: Console) -> None:
    """Print rows as a table; columns that are empty everywhere are left out."""
    if not rows:
        console.print("没有记录 nothing to show", style="dim")
        return
    names = list(schema.fields) if isinstance(schema, Schema) else list(schema)
    columns = _columns(names, rows)
    table = Table(show_edge=False)
    for place, name in enumerate(columns):
        # the first id is what the next command needs: whole, to be copied
        table.add_column(heading(name), no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*(cell(row.get(name)) for name in columns))
    console.print(table)


def show_one(answer: dict[str, Any], console: Console) -> None:
    """Print one answer, a line a field; lists of objects become tables below it."""
    table = Table(show_header=False, show_edge=False, box=None)
    below: list[tuple[str, list[dict[str, Any]]]] = []
    for name, value in answer.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            below.append((name, value))
        else:
            table.add_row(Text(heading(name), style="bold"), _whole(value))
    if table.row_count:
        console.print(table)
    for name, rows in below:
        console.print(f"\n[bold]{heading(name)}[/]")
        show_rows(rows, list(dict.fromkeys(key for row in rows for key in row)), console)
    if not answer:
        console.print("完成 done", style="green")


def heading(name: str) -> str:
    """Return a column's heading, Chinese first."""
    return f"{LABELS[name]} {name}" if name in LABELS else name


def cell(value: Any) -> Text:
    """Return a value in one short line."""
    text = " ".join(_plain(value).split())
    return Text(text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…")


def _columns(names: list[str], rows: Sequence[dict[str, Any]]) -> list[str]:
    filled = [
        name
        for name in names
        if name not in NEVER and any(row.get(name) not in (None, "", [], {}) for row in rows)
    ]
    if len(filled) <= MOST_COLUMNS:
        return filled
    simple = [name for name in filled if not any(isinstance(row.get(name), dict | list) for row in rows)]
    return simple[:MOST_COLUMNS]


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            return str(value["zh"])
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone():%Y-%m-%d %H:%M:%S}"
    return str(value)


def _whole(value: Any) -> Text:
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        return Text(f"{value['zh']}\n{value['en']}")
    if isinstance(value, dict | list) and value:
        simple = isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
        return Text(_plain(value) if simple else json.dumps(value, ensure_ascii=False, indent=2, default=str))
    return Text(_plain(value))
