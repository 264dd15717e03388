"""Who goes on where the cut falls between equals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from contracts.edition import TieRule
from services.review.domain.quota import Standing


@dataclass(frozen=True)
class TieFacts:
    """What a cascade may look at: the mean of each criterion, and how many sheets lie under the low mark."""

    criteria: Mapping[str, Decimal]
    low_sheets: int


@dataclass(frozen=True)
class Cut:
    """``at_cut`` are the cases that shared the score at the cut; ``decided_by`` the steps that were used."""

    advanced: frozenset[str]
    places: int
    at_cut: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = field(default=())


def cut_off(standings: Sequence[Standing], places: int, rule: TieRule, facts: Mapping[str, TieFacts]) -> Cut:
    """Return who goes on: the first ``places``, and where the last place is shared what the rule says.

    ``include_all`` takes everyone tied. A cascade parts them step by step; who is still equal after its last
    step goes on together, for nothing but the rules may part equals.
    """
    if places <= 0:
        return Cut(frozenset(), 0)
    if places >= len(standings):
        return Cut(frozenset(item.case_id for item in standings), places)
    edge = standings[places - 1].score
    above = [item.case_id for item in standings if item.score > edge]
    equal = [item.case_id for item in standings if item.score == edge]
    room = places - len(above)
    if len(equal) <= room:
        return Cut(frozenset(above + equal), places)
    if rule.rule == "include_all":
        return Cut(frozenset(above + equal), places, tuple(equal), ("include_all",))
    chosen, steps = _cascade(equal, room, rule, facts)
    return Cut(frozenset([*above, *chosen]), places, tuple(equal), tuple(steps))


def _cascade(
    equal: list[str], room: int, rule: TieRule, facts: Mapping[str, TieFacts]
) -> tuple[list[str], list[str]]:
    chosen: list[str] = []
    used: list[str] = []
    for step in rule.cascade:
        used.append(step)
        if step == "include_all":
            break
        better = {case_id: _key(step, facts[case_id]) for case_id in equal}
        edge = sorted(better.values(), reverse=True)[room - 1]
        surely = [case_id for case_id in equal if better[case_id] > edge]
        equal = [case_id for case_id in equal if better[case_id] == edge]
        chosen += surely
        room -= len(surely)
        if len(equal) <= room:
            break
    return chosen + equal, used


def _key(step: str, facts: TieFacts) -> Decimal:
    if step == "fewer_low":
        return Decimal(-facts.low_sheets)
    return facts.criteria[step.removeprefix("criterion:")]
