"""How many cases of a round go on, and which they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING

from contracts.edition import Quota
from services.review.domain.ranking import Ranking


@dataclass(frozen=True)
class Cut:
    """``at_cut`` are the cases that shared the score at the cut.

    ``decided_by`` are the steps that parted equal scores anywhere in the ranking, or kept equals together.
    """

    advanced: frozenset[str]
    places: int
    at_cut: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = field(default=())


def places_of(quota: Quota, cases: int) -> int:
    """Return how many of ``cases`` go on: the count, or the share rounded up; from least to all."""
    wanted = quota.count or 0
    if quota.share is not None:
        wanted = int((quota.share * cases).to_integral_value(rounding=ROUND_CEILING))
    return min(max(wanted, quota.least), cases)


def cut_off(ranking: Ranking, places: int) -> Cut:
    """Return who goes on: the first ``places``, and whoever shares the rank of the last of them."""
    standings = ranking.standings
    if places <= 0 or not standings:
        return Cut(frozenset(), max(places, 0), decided_by=ranking.decided_by)
    edge = standings[min(places, len(standings)) - 1]
    advanced = frozenset(item.case_id for item in standings if item.rank <= edge.rank)
    at_cut = sorted(item.case_id for item in standings if item.score == edge.score)
    if sum(item.score >= edge.score for item in standings) <= places:
        at_cut = []
    kept = ("include_all",) if len(advanced) > places else ()
    return Cut(advanced, places, tuple(at_cut), ranking.decided_by or kept)
