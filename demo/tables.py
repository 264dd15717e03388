"""The tables that a sample contest ends with."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contracts.names import CODES, name_code
from contracts.words import PROVINCES
from demo.stage import Stage

MOST_WORDS = 150
ROOT = 8
"""Letters of a record's root that tell it from others on a screen."""
WHOLE = ("信用代码 credit code", "证书号 certificate", "拒绝 refusal", "记录根 root", "赛项 track code")
"""Columns whose words must stay in one piece, to be copied."""


def show_tables(stage: Stage, console: Console) -> None:
    """Print units, cases by track and state, rounds, prizes, refusals and letters."""
    for make in (_units, _cases, _rounds, _prizes, _refusals, _letters):
        console.print(make(stage))


def _table(title: str, *headings: str, numbers: tuple[str, ...] = ()) -> Table:
    """A table that loses no letter: what is too long goes on in the next line. Headings are "zh en"."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_style="bold", title_justify="left", padding=(0, 1))
    for heading in (*headings, *numbers):
        place: Literal["left", "right"] = "right" if heading in numbers else "left"
        table.add_column(
            heading.replace(" ", "\n", 1), justify=place, overflow="fold", no_wrap=heading in WHOLE
        )
    return table


def _units(stage: Stage) -> Table:
    rows = stage.every(stage.cast.secretariat[0], "registration.list_units")
    decided = {
        row["unit_id"]: row["status"]
        for row in stage.every(
            stage.cast.secretariat[0], "review.list_qualifications", edition_id=stage.edition.id
        )
    }
    entered = Counter(case.unit.unit_id for case in stage.cast.cases if case.receipt)
    table = _table(
        f"参赛单位 units ({len(rows)})", "单位 unit", "信用代码 credit code", "地区 province",
        "推荐单位 by", "资格 status", numbers=("案例 cases",),
    )  # fmt: skip
    order = [unit.unit_id for unit in stage.cast.units]
    for row in sorted(rows, key=lambda row: order.index(row["unit_id"])):
        table.add_row(
            row["name"],
            row["uscc"],
            PROVINCES[row["province"]],
            row["recommender"] or "–",
            name_code(decided.get(row["unit_id"], "–")),
            str(entered[row["unit_id"]]),
        )
    return table


def _cases(stage: Stage) -> Table:
    rows = stage.every(stage.cast.secretariat[0], "review.list_assessments", edition_id=stage.edition.id)
    states = sorted({row["status"] for row in rows})
    counts = Counter((row["track"], row["status"]) for row in rows)
    numbers = (*(f"{CODES.get(state, '')} {state}" for state in states), "合计 total")
    table = _table(f"案例按赛项与状态 cases by track and state ({len(rows)})", "赛项 track", numbers=numbers)
    for track in stage.edition.tracks:
        line = [counts[track.id, state] for state in states]
        table.add_row(f"{track.number}.{track.name.zh}", *map(str, line), str(sum(line)))
    return table


def _rounds(stage: Stage) -> Table:
    secretary = stage.cast.secretariat[0]
    table = _table(
        "评审轮次 rounds", "轮次 round", "赛项 track code", "状态 status", "记录根 root",
        numbers=("案例 cases", "评分表 sheets", "晋级 advanced"),
    )  # fmt: skip
    for row in stage.every(secretary, "review.list_rounds", edition_id=stage.edition.id):
        result: dict[str, Any] = {}
        if row["result_id"]:
            result = stage.call(secretary, "review.get_result", result_id=row["result_id"])
        table.add_row(
            CODES.get(row["stage"], row["stage"]),
            row["track"] or "全部 all",
            CODES.get(row["status"], row["status"]),
            (row["merkle_root"] or "–")[:ROOT],
            str(row["cases"]),
            str(result.get("sheets", "–")),
            str(result.get("advanced", "–")),
        )
    return table


def _prizes(stage: Stage) -> Table:
    rows = stage.every(stage.cast.secretariat[0], "awards.list_awards", edition_id=stage.edition.id)
    table = _table(
        f"奖项 prizes ({len(rows)})", "奖项 prize", "获奖者 laureate", "案例 case", "状态 status",
        "证书号 certificate",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row["prize_name"]["zh"],
            row["laureate"],
            row["title"] or "–",
            name_code(row["status"]),
            row["certificate_number"] or "–",
        )
    return table


def _refusals(stage: Stage) -> Table:
    title = f"按规则被拒绝的操作 what was refused, and how ({len(stage.refusals)})"
    table = _table(title, "尝试 tried", "拒绝 refusal", "说明 in what words")
    for what, code, words in stage.refusals:
        zh, _, en = what.partition(" ")
        zh_words, _, en_words = words.partition(" / ")
        table.add_row(f"{zh}\n{en}", code, f"{_short(zh_words)}\n[dim]{_short(en_words)}[/]")
    return table


def _letters(stage: Stage) -> Table:
    counts = stage.call(stage.cast.secretariat[0], "notify.letter_counts", edition_id=None)
    table = _table(f"信件 letters ({counts['total']})", "类别 kind", numbers=("数量 count",))
    for name, count in sorted(counts["templates"].items()):
        table.add_row(name, str(count))
    table.add_section()
    for name, count in sorted(counts["statuses"].items()):
        table.add_row(f"状态 status: {name_code(name)}", str(count))
    return table


def _short(words: str) -> str:
    return escape(words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…")
