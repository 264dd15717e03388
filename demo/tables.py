"""The tables that a sample contest ends with."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.words import PROVINCES
from demo.stage import Stage


def show_tables(stage: Stage, console: Console) -> None:
    """Print units, cases by track and state, rounds, prizes, refusals and letters."""
    for make in (_units, _cases, _rounds, _prizes, _refusals, _letters):
        console.print(make(stage))


def _units(stage: Stage) -> Table:
    rows = stage.every(stage.cast.secretariat[0], "registration.list_units")
    decided = {
        row["unit_id"]: row["status"]
        for row in stage.every(
            stage.cast.secretariat[0], "review.list_qualifications", edition_id=stage.edition.id
        )
    }
    entered = Counter(case.unit.unit_id for case in stage.cast.cases if case.receipt)
    table = Table(title=f"参赛单位 units ({len(rows)})")
    for heading in ("单位 unit", "信用代码 credit code", "地区 province", "推荐单位 recommender"):
        table.add_column(heading)
    table.add_column("案例 cases", justify="right")
    table.add_column("资格 qualification")
    for row in rows:
        table.add_row(
            row["name"],
            row["uscc"],
            PROVINCES[row["province"]],
            row["recommender"] or "–",
            str(entered[row["unit_id"]]),
            decided.get(row["unit_id"], "–"),
        )
    return table


def _cases(stage: Stage) -> Table:
    rows = stage.every(stage.cast.secretariat[0], "review.list_assessments", edition_id=stage.edition.id)
    states = sorted({row["status"] for row in rows})
    counts = Counter((row["track"], row["status"]) for row in rows)
    table = Table(title=f"案例按赛项与状态 cases by track and state ({len(rows)})")
    table.add_column("赛项 track")
    for state in states:
        table.add_column(state, justify="right")
    table.add_column("合计 total", justify="right")
    for track in stage.edition.tracks:
        line = [counts[track.id, state] for state in states]
        table.add_row(f"{track.number:2} {track.name.zh}", *map(str, line), str(sum(line)))
    return table


def _rounds(stage: Stage) -> Table:
    secretary = stage.cast.secretariat[0]
    table = Table(title="评审轮次 rounds")
    for heading in ("轮次 round", "赛项 track", "状态 status", "记录根 root of the record"):
        table.add_column(heading)
    for heading in ("案例 cases", "评分表 sheets", "晋级 advanced"):
        table.add_column(heading, justify="right")
    for row in stage.every(secretary, "review.list_rounds", edition_id=stage.edition.id):
        result: dict[str, Any] = {}
        if row["result_id"]:
            result = stage.call(secretary, "review.get_result", result_id=row["result_id"])
        table.add_row(
            row["stage"],
            row["track"] or "全部 all",
            row["status"],
            (row["merkle_root"] or "–")[:16],
            str(row["cases"]),
            str(result.get("sheets", "–")),
            str(result.get("advanced", "–")),
        )
    return table


def _prizes(stage: Stage) -> Table:
    rows = stage.every(stage.cast.secretariat[0], "awards.list_awards", edition_id=stage.edition.id)
    table = Table(title=f"奖项 prizes ({len(rows)})")
    for heading in ("奖项 prize", "获奖者 laureate", "案例 case", "状态 status", "证书号 certificate"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row["prize_name"]["zh"],
            row["laureate"],
            row["title"] or "–",
            row["status"],
            row["certificate_number"] or "–",
        )
    return table


def _refusals(stage: Stage) -> Table:
    table = Table(title=f"按规则被拒绝的操作 what was refused, and how ({len(stage.refusals)})")
    for heading in ("尝试 tried", "拒绝 refusal", "说明 words"):
        table.add_column(heading)
    for what, code, words in stage.refusals:
        table.add_row(what, code, words if len(words) <= 160 else words[:159] + "…")
    return table


def _letters(stage: Stage) -> Table:
    counts = stage.call(stage.cast.secretariat[0], "notify.letter_counts", edition_id=None)
    table = Table(title=f"信件 letters ({counts['total']})")
    table.add_column("类别 kind")
    table.add_column("数量 count", justify="right")
    for name, count in sorted(counts["templates"].items()):
        table.add_row(name, str(count))
    table.add_section()
    for name, count in sorted(counts["statuses"].items()):
        table.add_row(f"状态 status: {name}", str(count))
    return table
