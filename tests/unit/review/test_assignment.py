"""Panels: as full as can be, at the least cost, without conflicts and within capacity."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.review.domain import assignment
from services.review.domain.assignment import (
    OFF_TRACK,
    SEAT,
    CaseToFill,
    ExpertToSeat,
    plan_from_json,
    plan_seats,
)


def cost_of(seats, cases, experts) -> int:
    """Return what a plan costs, reckoned apart from the solver."""
    tracks = {case.id: case.track for case in cases}
    known = {expert.id: expert for expert in experts}
    cost = sum(OFF_TRACK for case, expert in seats if tracks[case] not in known[expert].tracks)
    for case in cases:
        got = sum(1 for name, _ in seats if name == case.id)
        cost += sum(SEAT * (case.seated + seat) for seat in range(got))
    for expert in experts:
        got = sum(1 for _, name in seats if name == expert.id)
        cost += (expert.load + got) ** 2 - expert.load**2
    return cost


def best_by_trying(cases, experts, barred) -> tuple[int, int]:
    """Return (most seats, least cost) over every possible plan."""
    choices = []
    for case in cases:
        may = [e.id for e in experts if e.id not in barred.get(case.id, {}) and e.id not in case.has]
        panels = [panel for size in range(case.missing + 1) for panel in combinations(may, size)]
        choices.append([[(case.id, expert) for expert in panel] for panel in panels])
    best = (0, 0)
    room = {expert.id: expert.room for expert in experts}
    for pick in product(*choices):
        seats = [seat for panel in pick for seat in panel]
        if all(count <= room[name] for name, count in Counter(name for _, name in seats).items()):
            best = min(best, (-len(seats), cost_of(seats, cases, experts)))
    return -best[0], best[1]


@st.composite
def problems(draw):
    """Draw a small problem: up to 3 cases and 4 experts."""
    experts = [
        ExpertToSeat(f"e{n}", draw(st.sampled_from([("t",), ("u",), ("t", "u")])), draw(st.integers(0, 3)),
                     draw(st.integers(0, 3)))
        for n in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    names = [expert.id for expert in experts]
    cases, barred = [], {}
    for n in range(draw(st.integers(1, 3))):
        has = draw(st.lists(st.sampled_from(names), unique=True, max_size=1))
        cases.append(
            CaseToFill(f"c{n}", draw(st.sampled_from("tu")), draw(st.integers(0, 3)), tuple(has), len(has))
        )
        out = draw(st.lists(st.sampled_from(names), unique=True, max_size=2))
        barred[f"c{n}"] = {name: ["declared"] for name in out}
    return cases, experts, barred


@settings(max_examples=150, deadline=None)
@given(problems(), st.text(max_size=4))
def test_plans_are_the_best_there_are(problem, seed):
    cases, experts, barred = problem
    plan = plan_seats(cases, experts, barred, seed)
    assert (len(plan.seats), plan.cost) == best_by_trying(cases, experts, barred)
    assert plan.cost == cost_of(plan.seats, cases, experts)


@settings(max_examples=150, deadline=None)
@given(problems(), st.text(max_size=4))
def test_plans_keep_every_limit(problem, seed):
    cases, experts, barred = problem
    plan = plan_seats(cases, experts, barred, seed)
    assert plan == plan_seats(list(reversed(cases)), list(reversed(experts)), barred, seed)
    assert len(set(plan.seats)) == len(plan.seats)
    by_case, by_expert = Counter(c for c, _ in plan.seats), Counter(e for _, e in plan.seats)
    for case in cases:
        assert by_case[case.id] <= case.missing
        short = next((item for item in plan.unfilled if item.case_id == case.id), None)
        assert (short.missing if short else 0) == case.missing - by_case[case.id]
        for expert_id in (e for c, e in plan.seats if c == case.id):
            assert expert_id not in barred[case.id] and expert_id not in case.has
    for expert in experts:
        assert by_expert[expert.id] <= expert.room


def test_loads_are_even_and_tracks_preferred():
    experts = [ExpertToSeat(f"e{n}", ("t",), 100) for n in range(10)] + [ExpertToSeat("off", ("u",), 100)]
    cases = [CaseToFill(f"c{n:02}", "t", 5) for n in range(40)]
    plan = plan_seats(cases, experts, {}, "seed")
    assert set(Counter(name for _, name in plan.seats).values()) == {20}
    assert "off" not in {name for _, name in plan.seats}


def test_shortage_is_shared():
    cases = [CaseToFill("a", "t", 2), CaseToFill("b", "t", 2)]
    plan = plan_seats(cases, [ExpertToSeat("x", ("t",), 1), ExpertToSeat("y", ("t",), 1)], {})
    assert {case for case, _ in plan.seats} == {"a", "b"}
    assert [(item.missing, item.cause) for item in plan.unfilled] == [(1, "capacity"), (1, "capacity")]


def test_an_unfillable_case_says_why():
    barred = {"a": {"x": ["same_unit"], "y": ["same_unit", "declared"], "stranger": ["declared"]}}
    experts = [ExpertToSeat("x", ("t",), 9), ExpertToSeat("y", ("t",), 9)]
    (short,) = plan_seats([CaseToFill("a", "t", 1)], experts, barred).unfilled
    assert (short.cause, short.grounds) == ("conflicts", {"same_unit": 2, "declared": 1})


def test_nothing_to_do_and_nobody_to_do_it():
    assert plan_seats([], [], {}).seats == ()
    assert plan_seats([CaseToFill("a", "t", 1)], [], {}).unfilled[0].missing == 1


@pytest.mark.parametrize("most", [1, 3000])
def test_a_share_of_the_experts_is_enough_when_there_are_too_many_pairs(monkeypatch, most):
    monkeypatch.setattr(assignment, "MOST_ARCS", most)
    experts = [ExpertToSeat(f"e{n:03}", ("t",), 3) for n in range(100)]
    cases = [CaseToFill(f"c{n:02}", "t", 5) for n in range(50)]
    plan = plan_seats(cases, experts, {})
    assert len(plan.seats) == 250 and not plan.unfilled


def test_the_whole_runs_from_json_to_json():
    expert = {
        "expert_id": "x", "employer": "甲", "employer_uscc": "U", "group_unit": None, "province": "11",
        "past_employers": [], "tracks": ["t"], "room": 2, "load": 0,
    }  # fmt: skip
    answer = plan_from_json({
        "rules": {}, "year": 2025, "seed": "s",
        "declared": [{"expert_id": "y", "case_id": "a", "uscc": None}],
        "experts": [expert, {**expert, "expert_id": "y", "employer": "乙", "employer_uscc": None}],
        "cases": [{"id": "a", "track": "t", "missing": 1, "has": [], "seated": 0,
                   "units": [{"name": "丙", "uscc": "V", "group_unit": None, "province": "12"}]}],
    })  # fmt: skip
    assert answer == {"seats": [["a", "x"]], "unfilled": [], "cost": 1}
