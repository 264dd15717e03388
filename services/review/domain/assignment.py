"""Who judges what: the panel of each case as a minimum-cost flow, without conflicts and with even loads."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from ortools.graph.python import min_cost_flow

from contracts.edition import Recusal
from services.review.domain.recusal import ConflictIndex, interests_of, ties_of

OFF_TRACK = 200
"""What one case outside an expert's tracks costs: as much as a load that is a hundred cases heavier."""
SEAT = 1000
"""Weighs a panel's later seats above all else, so that where experts are few every panel is short alike."""
MOST_ARCS = 2_000_000
"""With more pairs each case is offered to a share of the experts only: memory would not hold them."""


@dataclass(frozen=True)
class CaseToFill:
    """``has`` are the experts who sit or once sat (nobody comes back); ``missing`` counts the empty seats."""

    id: str
    track: str
    missing: int
    has: tuple[str, ...] = ()
    seated: int = 0


@dataclass(frozen=True)
class ExpertToSeat:
    id: str
    tracks: tuple[str, ...]
    room: int
    load: int = 0


@dataclass(frozen=True)
class Unfilled:
    """A case whose panel cannot be filled, how many seats stay empty, and why."""

    case_id: str
    missing: int
    cause: str
    """conflicts: too few experts may judge it; capacity: those who may have no room left."""
    grounds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    seats: tuple[tuple[str, str], ...]
    """(case, expert) pairs, in order of case and expert."""
    unfilled: tuple[Unfilled, ...]
    cost: int


Barred = dict[str, dict[str, list[str]]]


def plan_seats(
    cases: Sequence[CaseToFill], experts: Sequence[ExpertToSeat], barred: Barred, seed: str = ""
) -> Plan:
    """Fill as many seats as can be filled, at the least cost; ``barred`` is case → expert → grounds.

    Among plans of equal cost the seed decides, and the same seed always decides alike.
    """
    ordered = sorted((case for case in cases if case.missing > 0), key=lambda case: _lot(seed, case.id))
    pool = sorted((expert for expert in experts if expert.room > 0), key=lambda expert: _lot(seed, expert.id))
    pairs = _offered(ordered, pool, barred)
    chosen, cost = _solve(ordered, pool, pairs)
    got = Counter(case_id for case_id, _ in chosen)
    short = tuple(
        _explain(case, case.missing - got[case.id], experts, barred.get(case.id, {}))
        for case in sorted(ordered, key=lambda case: case.id)
        if got[case.id] < case.missing
    )
    return Plan(tuple(sorted(chosen)), short, cost)


def _lot(seed: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{name}".encode()).digest()


def _offered(
    cases: Sequence[CaseToFill], pool: Sequence[ExpertToSeat], barred: Barred
) -> list[tuple[int, int]]:
    share = len(pool) if len(cases) * len(pool) <= MOST_ARCS else max(60, MOST_ARCS // len(cases))
    pairs: list[tuple[int, int]] = []
    start = 0
    for index, case in enumerate(cases):
        out = barred.get(case.id, {}).keys() | set(case.has)
        offered = 0
        for step in range(len(pool)):
            place = (start + step) % len(pool)
            if pool[place].id not in out:
                pairs.append((index, place))
                offered += 1
                if offered == share:
                    start = place + 1
                    break
    return pairs


def _solve(
    cases: Sequence[CaseToFill], pool: Sequence[ExpertToSeat], pairs: Sequence[tuple[int, int]]
) -> tuple[list[tuple[str, str]], int]:
    if not pairs:
        return [], 0
    source, sink = 0, len(cases) + len(pool) + 1
    tails: list[int] = []
    heads: list[int] = []
    costs: list[int] = []
    for index, place in pairs:
        tails.append(1 + index)
        heads.append(1 + len(cases) + place)
        costs.append(0 if cases[index].track in pool[place].tracks else OFF_TRACK)
    for index, case in enumerate(cases):
        for seat in range(case.missing):
            tails.append(source)
            heads.append(1 + index)
            costs.append(SEAT * (case.seated + seat))
    for place, expert in enumerate(pool):
        for load in range(expert.load, expert.load + min(expert.room, len(cases))):
            tails.append(1 + len(cases) + place)
            heads.append(sink)
            costs.append(2 * load + 1)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.array(tails), np.array(heads), np.ones(len(tails), dtype=np.int64), np.array(costs)
    )
    wanted = sum(case.missing for case in cases)
    flow.set_node_supply(source, wanted)
    flow.set_node_supply(sink, -wanted)
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"the assignment has no solution: {status}")
    used = flow.flows(arcs[: len(pairs)])
    chosen = [(cases[i].id, pool[p].id) for (i, p), flowing in zip(pairs, used, strict=True) if flowing]
    return chosen, int(flow.optimal_cost())


def _explain(
    case: CaseToFill, missing: int, experts: Sequence[ExpertToSeat], barred: dict[str, list[str]]
) -> Unfilled:
    known = {expert.id for expert in experts}
    may = known - barred.keys() - set(case.has)
    grounds = Counter(ground for name, found in barred.items() if name in known for ground in found)
    return Unfilled(case.id, missing, "conflicts" if len(may) < case.missing else "capacity", dict(grounds))


def plan_from_json(payload: dict[str, Any]) -> dict[str, Any]:
    """Run a whole assignment from JSON to JSON, conflicts included: what a child process is given to do."""
    declared: dict[str, list[dict[str, Any]]] = {}
    for item in payload["declared"]:
        declared.setdefault(item["expert_id"], []).append(item)
    ties = [ties_of(expert, declared.get(expert["expert_id"], ())) for expert in payload["experts"]]
    index = ConflictIndex(ties, Recusal(**payload["rules"]), payload["year"])
    barred = {case["id"]: index.of(interests_of(case["id"], case["units"])) for case in payload["cases"]}
    plan = plan_seats(
        [CaseToFill(case["id"], case["track"], case["missing"], tuple(case["has"]), case["seated"])
         for case in payload["cases"]],
        [ExpertToSeat(expert["expert_id"], tuple(expert["tracks"]), expert["room"], expert["load"])
         for expert in payload["experts"]],
        barred,
        payload["seed"],
    )  # fmt: skip
    return {
        "seats": [list(seat) for seat in plan.seats],
        "unfilled": [asdict(item) for item in plan.unfilled],
        "cost": plan.cost,
    }
