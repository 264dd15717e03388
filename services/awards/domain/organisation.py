"""The best-organisation prize: whose cases were many, in order and good, by the edition's weights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from contracts.edition import Organisation, Prize
from contracts.words import plain_name


@dataclass(frozen=True)
class Entered:
    """One submitted case and the recommender or group it counts for; None counts for nobody."""

    organisation: str | None
    qualified: bool
    prized: bool


@dataclass(frozen=True)
class Tally:
    """What one organisation brought; ``score`` is the weighted sum."""

    organisation: str
    submitted: int
    qualified: int
    prized: int
    score: Decimal


def tally_organisations(entered: Iterable[Entered], rule: Organisation) -> list[Tally]:
    """Count the cases of every organisation and weigh them, best first; too small ones are left out.

    Names that differ by width, case or blanks only are one organisation, shown as most of its cases write it.
    """
    counts: dict[str, list[int]] = {}
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case in entered:
        if case.organisation is None or not (plain := plain_name(case.organisation)):
            continue
        spellings[plain][case.organisation] += 1
        row = counts.setdefault(plain, [0, 0, 0])
        row[0] += 1
        row[1] += case.qualified
        row[2] += case.prized
    tallies = [
        Tally(
            _common(spellings[plain]), submitted, qualified, prized,
            submitted * rule.submitted + qualified * rule.qualified + prized * rule.prized,
        )
        for plain, (submitted, qualified, prized) in counts.items()
        if submitted >= rule.least_cases
    ]  # fmt: skip
    return sorted(tallies, key=lambda tally: (-tally.score, tally.organisation))


def _common(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda name: (-spellings[name], name))


def choose_organisations(tallies: Iterable[Tally], prize: Prize) -> list[Tally]:
    """Return the best ``count`` organisations; all tied with the last included, none at zero."""
    standing = [tally for tally in tallies if tally.score > 0]
    if len(standing) <= prize.count:
        return standing
    cut = standing[prize.count - 1].score if prize.count else None
    return [tally for tally in standing if cut is not None and tally.score >= cut]
