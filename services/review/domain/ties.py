"""What parts cases of equal score: the steps of a cascade, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from contracts.edition import TieRule


@dataclass(frozen=True)
class TieFacts:
    """What a cascade may look at: the mean of each criterion, and how many sheets lie under the low mark."""

    criteria: Mapping[str, Decimal]
    low_sheets: int


def part_equals(
    equal: Iterable[str], rule: TieRule, facts: Mapping[str, TieFacts]
) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return cases of equal score in groups, best first, and the steps that were looked at to part them.

    Each step looks only at who is still equal. ``include_all`` ends the cascade, for nothing but the rules
    may part equals; a stage without a cascade leaves them together.
    """
    groups = [sorted(equal)]
    used: list[str] = []
    for step in rule.cascade if rule.rule == "cascade" else ():
        if all(len(group) == 1 for group in groups):
            break
        used.append(step)
        if step == "include_all":
            break
        groups = [part for group in groups for part in _part(group, step, facts)]
    return groups, tuple(used)


def _part(group: Sequence[str], step: str, facts: Mapping[str, TieFacts]) -> list[list[str]]:
    if len(group) == 1:
        return [list(group)]
    keys = {case_id: _key(step, facts[case_id]) for case_id in group}
    ordered = sorted(group, key=lambda case_id: (-keys[case_id], case_id))
    return [list(part) for _, part in groupby(ordered, key=lambda case_id: keys[case_id])]


def _key(step: str, facts: TieFacts) -> Decimal:
    if step == "fewer_low":
        return Decimal(-facts.low_sheets)
    return facts.criteria[step.removeprefix("criterion:")]
