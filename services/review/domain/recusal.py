"""Which expert must not judge which case, and on what ground."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.edition import Recusal
from contracts.words import plain_name

GROUNDS = ("same_unit", "same_group", "same_province", "past_employer", "declared")


@dataclass(frozen=True)
class Interests:
    """Everybody who has a stake in a case: its unit and the joint ones."""

    case_id: str
    usccs: frozenset[str]
    names: frozenset[str]
    groups: frozenset[str]
    provinces: frozenset[str]


@dataclass(frozen=True)
class Ties:
    """What binds an expert: employers, group, province, and what he declared himself."""

    expert_id: str
    uscc: str | None
    employer: str
    group: str
    province: str
    past: tuple[tuple[str, int], ...] = ()
    declared_cases: frozenset[str] = frozenset()
    declared_usccs: frozenset[str] = frozenset()


def interests_of(case_id: str, units: Iterable[Mapping[str, Any]]) -> Interests:
    """Build a case's interests from its unit and joint units (of which only name and uscc may be known)."""
    known = list(units)
    return Interests(
        case_id,
        frozenset(unit["uscc"] for unit in known if unit.get("uscc")),
        frozenset(filter(None, (plain_name(unit.get("name")) for unit in known))),
        frozenset(filter(None, (plain_name(unit.get("group_unit")) for unit in known))),
        frozenset(unit["province"] for unit in known if unit.get("province")),
    )


def ties_of(expert: Mapping[str, Any], declared: Iterable[Mapping[str, Any]] = ()) -> Ties:
    """Build an expert's ties from his particulars and declarations ``{"case_id" | "uscc"}``."""
    said = list(declared)
    return Ties(
        expert["expert_id"],
        expert.get("employer_uscc"),
        plain_name(expert["employer"]),
        plain_name(expert.get("group_unit")),
        expert["province"],
        tuple((plain_name(past["name"]), int(past["until_year"])) for past in expert["past_employers"]),
        frozenset(item["case_id"] for item in said if item.get("case_id")),
        frozenset(item["uscc"] for item in said if item.get("uscc")),
    )


def conflicts(case: Interests, expert: Ties, rules: Recusal, year: int) -> list[str]:
    """Return every ground on which the expert must not judge the case, empty when there is none.

    A group is met on both sides: an expert employed by the head office of a unit's group counts as of the
    group. A past employer counts while no more than ``past_employer_years`` lie between leaving and ``year``.
    """
    group_names = {expert.group, expert.employer} - {""}
    past = {name for name, until in expert.past if year - until <= rules.past_employer_years}
    found = {
        "same_unit": rules.same_unit and (expert.uscc in case.usccs or expert.employer in case.names),
        "same_group": rules.same_group
        and bool(group_names & case.groups or (expert.group and expert.group in case.names)),
        "same_province": rules.same_province and expert.province in case.provinces,
        "past_employer": rules.past_employer_years > 0 and bool(past & case.names),
        "declared": rules.declared
        and (case.case_id in expert.declared_cases or bool(expert.declared_usccs & case.usccs)),
    }
    return [ground for ground in GROUNDS if found[ground]]


class ConflictIndex:
    """The same answer as ``conflicts`` for many cases, without trying every pair."""

    def __init__(self, experts: Sequence[Ties], rules: Recusal, year: int) -> None:
        self._rules, self._year = rules, year
        self._near: dict[tuple[str, str], list[Ties]] = defaultdict(list)
        for expert in experts:
            for key in self._keys_of_expert(expert):
                self._near[key].append(expert)

    def of(self, case: Interests) -> dict[str, list[str]]:
        """Return the experts in conflict with the case and their grounds."""
        near = {
            expert.expert_id: expert for key in self._keys_of_case(case) for expert in self._near.get(key, ())
        }
        found = {name: conflicts(case, expert, self._rules, self._year) for name, expert in near.items()}
        return {name: grounds for name, grounds in found.items() if grounds}

    def _keys_of_expert(self, expert: Ties) -> set[tuple[str, str]]:
        names = {expert.employer, expert.group, *(name for name, _ in expert.past)} - {""}
        usccs = {expert.uscc or "", *expert.declared_usccs} - {""}
        keys = {("name", name) for name in names} | {("uscc", uscc) for uscc in usccs}
        keys |= {("case", case_id) for case_id in expert.declared_cases}
        return keys | ({("province", expert.province)} if self._rules.same_province else set())

    def _keys_of_case(self, case: Interests) -> set[tuple[str, str]]:
        keys = {("name", name) for name in case.names | case.groups} | {("uscc", uscc) for uscc in case.usccs}
        return keys | {("case", case.case_id)} | {("province", province) for province in case.provinces}
