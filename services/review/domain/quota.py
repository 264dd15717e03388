"""How many cases of a round go on, and who stands where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from contracts.edition import Quota


@dataclass(frozen=True)
class Standing:
    """A case's place: equal scores share the better rank and the next rank is skipped (1, 2, 2, 4)."""

    case_id: str
    score: Decimal
    rank: int
    tied: bool


def places_of(quota: Quota, cases: int) -> int:
    """Return how many of ``cases`` go on: the count, or the share rounded up; from least to all."""
    wanted = quota.count or 0
    if quota.share is not None:
        wanted = int((quota.share * cases).to_integral_value(rounding=ROUND_CEILING))
    return min(max(wanted, quota.least), cases)


def rank_cases(scores: Mapping[str, Decimal]) -> list[Standing]:
    """Return the standings, best first, equal ones by case id."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    standings: list[Standing] = []
    for index, (case_id, score) in enumerate(ordered):
        same_before = index > 0 and ordered[index - 1][1] == score
        same_after = index + 1 < len(ordered) and ordered[index + 1][1] == score
        rank = standings[-1].rank if same_before else index + 1
        standings.append(Standing(case_id, score, rank, same_before or same_after))
    return standings
