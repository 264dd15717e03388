"""How severe each expert is: least squares for the additive model total = case + severity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

PLACES = Decimal("0.000001")


def estimate_severity(marks: Sequence[tuple[str, str, Decimal]]) -> dict[str, Decimal]:
    """Return each expert's severity (positive: generous) from (case, expert, total), to six decimals.

    Cases are eliminated, so that the system has one row an expert, however many cases there are. Experts who
    share no case, directly or through others, cannot be compared: severities add up to zero in each group.
    """
    experts = sorted({expert for _, expert, _ in marks})
    place = {expert: index for index, expert in enumerate(experts)}
    by_case: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for case_id, expert, total in sorted(marks):
        by_case[case_id].append((place[expert], float(total)))
    matrix = np.zeros((len(experts), len(experts)))
    right = np.zeros(len(experts))
    for seen in by_case.values():
        rows = np.array([index for index, _ in seen])
        values = np.array([value for _, value in seen])
        np.add.at(matrix, (rows, rows), 1.0)
        np.add.at(matrix, (rows[:, None], rows[None, :]), -1.0 / len(rows))
        np.add.at(right, rows, values - values.mean())
    for group in _groups(len(experts), by_case.values()):
        # The sums to zero are what makes the system solvable; they weigh as much as one more shared case.
        matrix[np.ix_(group, group)] += 1.0 / len(group)
    solved = np.linalg.solve(matrix, right) if experts else right
    return {expert: Decimal(repr(float(solved[index]))).quantize(PLACES) for expert, index in place.items()}


def _groups(count: int, cases: Iterable[list[tuple[int, float]]]) -> list[list[int]]:
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for seen in cases:
        for index, _ in seen[1:]:
            parent[root(index)] = root(seen[0][0])
    groups: dict[int, list[int]] = defaultdict(list)
    for node in range(count):
        groups[root(node)].append(node)
    return list(groups.values())
