"""Who stands where in a round: by score, and among equal scores by the stage's cascade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from contracts.edition import TieRule
from services.review.domain.ties import TieFacts, part_equals


@dataclass(frozen=True)
class Standing:
    """A case's place: who is equal shares the better rank and the next rank is skipped (1, 2, 2, 4)."""

    case_id: str
    score: Decimal
    rank: int
    tied: bool


@dataclass(frozen=True)
class Ranking:
    """``standings`` are best first, equal ones by case id; ``decided_by`` the steps that were looked at."""

    standings: tuple[Standing, ...]
    decided_by: tuple[str, ...] = ()


def rank_cases(scores: Mapping[str, Decimal], rule: TieRule, facts: Mapping[str, TieFacts]) -> Ranking:
    """Return the ranking; only who is still equal after the cascade's last step shares a rank.

    A cascade orders every round that has one, not only the final: prizes are dealt out by ranks, and a case
    that the cascade cuts off must not stand as high as one that it lets go on.
    """
    by_score: dict[Decimal, list[str]] = {}
    for case_id, score in scores.items():
        by_score.setdefault(score, []).append(case_id)
    standings: list[Standing] = []
    used: set[str] = set()
    for score in sorted(by_score, reverse=True):
        groups, steps = part_equals(by_score[score], rule, facts)
        used.update(steps)
        for group in groups:
            rank = len(standings) + 1
            standings += [Standing(case_id, score, rank, len(group) > 1) for case_id in group]
    return Ranking(tuple(standings), tuple(step for step in rule.cascade if step in used))
