"""Which columns of a list a screen has room for: readable ones, the most telling first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rich.cells import cell_len

from desk.words import find_codes, is_code

TELLING: Final = (
    "name", "title", "unit.name", "laureate", "status", "prize_name", "number", "stage", "track", "kind",
    "type", "uscc", "unit.uscc", "certificate_number", "template", "sent_to", "subject", "at", "what", "who",
    "service", "action", "rank", "score", "total", "cases", "done", "email", "case_id",
    "expert_id", "actor", "roles", "created_at", "published_at", "submitted_at", "opened_at", "due_at",
    "reason", "outcome",
)  # fmt: skip
"""What a person looks for in a list, in that order; the row's own id stands before all of it."""
NARROWEST: Final = 16
"""Columns that a text of any length is still readable in: eight Chinese characters."""
WIDEST: Final = 60
BORDER: Final = 3
"""Cells that the table itself needs for each column."""


@dataclass(frozen=True)
class Column:
    """A heading of one line or two, and what stands below it, a text a row."""

    name: str
    heading: str
    texts: Sequence[str]

    @cached_property
    def natural(self) -> int:
        """Return the terminal cells it takes where nothing is folded."""
        return max(cell_len(line) for text in (self.heading, *self.texts) for line in text.split("\n"))

    @cached_property
    def least(self) -> int:
        """Return the cells below which it cannot be read: no id, number or heading is ever broken."""
        lines = [line for text in self.texts for line in text.split("\n")]
        unbroken = [*self.heading.split("\n"), *(line for line in lines if is_code(line))]
        unbroken += [word for line in lines for word in find_codes(line)]
        return min(self.natural, max(NARROWEST, *map(cell_len, unbroken)))

    @cached_property
    def wish(self) -> int:
        """Return the cells with which it is content."""
        return max(self.least, min(self.natural, WIDEST))


def lay_out(
    columns: Sequence[Column], room: int, telling: Sequence[str] = TELLING
) -> list[tuple[Column, int]]:
    """Return the columns for which there is room, in their order, with their widths in terminal cells.

    Where there is none for all of them, the row's id goes below its name, into one column. Texts share what
    is left, the most telling first.
    """
    ranked = sorted(columns, key=lambda column: _rank(column, columns, telling))
    full = _needed([column.least for column in columns]) > room
    if full and len(columns) > 1 and ranked[0].name.endswith("_id"):
        ranked[:2] = [_stack(ranked[1], ranked[0])]
    taken: list[Column] = []
    for column in ranked:
        if not taken or _needed([each.least for each in (*taken, column)]) <= room:
            taken.append(column)
    spare = room - _needed([column.least for column in taken])
    widths = {}
    for column in taken:
        more = max(0, min(spare, column.wish - column.least))
        widths[column.name] = column.least + more
        spare -= more
    order = {column.name: place for place, column in enumerate(columns)}
    return [(column, widths[column.name]) for column in sorted(taken, key=lambda each: order[each.name])]


def _stack(upper: Column, lower: Column) -> Column:
    texts = [f"{above}\n{below}" for above, below in zip(upper.texts, lower.texts, strict=True)]
    heading = f"{' '.join(upper.heading.split())}\n{' '.join(lower.heading.split())}"
    return Column(lower.name, heading, texts)


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + BORDER * len(widths) - 1


def _rank(column: Column, columns: Sequence[Column], telling: Sequence[str]) -> tuple[int, int]:
    names = [each.name for each in columns]
    own = next((name for name in names[:2] if name.endswith("_id")), names[0])
    if column.name == own:
        return (0, 0)
    if column.name in telling:
        return (1, telling.index(column.name))
    return (3 if column.name.endswith(("_id", "_hash", "_root")) else 2, names.index(column.name))
