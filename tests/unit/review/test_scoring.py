"""Sheets become scores."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Method
from services.review.domain.scoring import Sheet, score_cases
from services.review.domain.severity_model import estimate_severity

TRIMMED = Method("trimmed_mean", 1, 1, 5)
totals = st.decimals("0", "100", places=2)
some_sheets = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("vwxyz"), totals), min_size=1, max_size=40,
    unique_by=lambda row: row[:2],
).map(
    lambda rows: [Sheet(f"s{i}", case, expert, total) for i, (case, expert, total) in enumerate(rows)]
)  # fmt: skip
every_method = st.sampled_from([TRIMMED, Method("mean"), Method("standardised"), Method("severity")])


def panel(*values: str) -> list[Sheet]:
    """Return one case's sheets."""
    return [Sheet(f"s{index}", "a", f"e{index}", Decimal(value)) for index, value in enumerate(values)]


def test_trimmed_mean_drops_one_highest_and_one_lowest():
    scored = score_cases(panel("90", "60", "80", "70", "10"), TRIMMED)["a"]
    assert (scored.score, scored.sheets, scored.dropped) == (Decimal("70.00"), 5, ("s4", "s0"))


def test_four_sheets_are_too_few_to_trim():
    scored = score_cases(panel("90", "60", "80", "70"), TRIMMED)["a"]
    assert (scored.score, scored.dropped) == (Decimal("75.00"), ())


def test_scores_are_rounded_half_up_to_the_decimals_of_the_method():
    assert score_cases(panel("70.01", "70.00"), Method("mean"))["a"].score == Decimal("70.01")
    assert score_cases(panel("70.01", "70.00"), Method("mean", decimals=3))["a"].score == Decimal("70.005")


def test_standardising_evens_a_mild_and_a_harsh_expert_out():
    sheets = [
        Sheet("1", "a", "mild", Decimal(90)), Sheet("2", "b", "mild", Decimal(80)),
        Sheet("3", "a", "harsh", Decimal(50)), Sheet("4", "c", "harsh", Decimal(40)),
    ]  # fmt: skip
    scored = {case: item.score for case, item in score_cases(sheets, Method("standardised")).items()}
    assert scored["b"] == scored["c"] < scored["a"]


def test_standardising_equal_sheets_keeps_them():
    assert score_cases(panel("70", "70"), Method("standardised"))["a"].score == Decimal("70.00")


def test_severity_is_taken_off():
    sheets = [
        Sheet("1", "a", "mild", Decimal(80)), Sheet("2", "a", "harsh", Decimal(60)),
        Sheet("3", "b", "mild", Decimal(80)), Sheet("4", "c", "harsh", Decimal(60)),
    ]  # fmt: skip
    scored = {case: item.score for case, item in score_cases(sheets, Method("severity")).items()}
    assert set(scored.values()) == {Decimal("70.00")}


def test_an_unknown_method_scores_nothing():
    with pytest.raises(KeyError):
        score_cases(panel("70"), Method("agreement"))


@given(some_sheets, every_method, st.randoms(use_true_random=False))
def test_the_order_of_sheets_does_not_matter_and_scores_stay_in_range(sheets, method, random):
    scored = score_cases(sheets, method)
    shuffled = list(sheets)
    random.shuffle(shuffled)
    assert score_cases(shuffled, method) == scored
    assert scored.keys() == {sheet.case_id for sheet in sheets}
    assert all(0 <= item.score <= 100 for item in scored.values())


@given(some_sheets)
def test_a_trimmed_mean_lies_between_its_own_sheets(sheets):
    for case_id, item in score_cases(sheets, TRIMMED).items():
        own = {sheet.id: sheet.total for sheet in sheets if sheet.case_id == case_id}
        assert min(own.values()) <= item.score <= max(own.values())
        assert len(item.dropped) == (2 if len(own) >= 5 else 0)
        if item.dropped:
            assert {own[item.dropped[0]], own[item.dropped[-1]]} == {min(own.values()), max(own.values())}


@given(some_sheets)
def test_severity_is_the_least_squares_solution(sheets):
    marks = [(sheet.case_id, sheet.expert, sheet.total) for sheet in sheets]
    severity = estimate_severity(marks)
    cases, experts = sorted({m[0] for m in marks}), sorted({m[1] for m in marks})
    matrix = np.zeros((len(marks), len(cases) + len(experts)))
    for row, (case_id, expert, _) in enumerate(marks):
        matrix[row, cases.index(case_id)] = matrix[row, len(cases) + experts.index(expert)] = 1
    values = np.array([float(total) for _, _, total in marks])
    best, *_ = np.linalg.lstsq(matrix, values, rcond=None)
    ours = []
    for case_id in cases:
        own = [float(total) - float(severity[expert]) for case, expert, total in marks if case == case_id]
        ours.append(sum(own) / len(own))
    mine = np.array(ours + [float(severity[expert]) for expert in experts])
    assert np.sum((matrix @ mine - values) ** 2) <= np.sum((matrix @ best - values) ** 2) + 1e-3


def test_experts_who_share_no_case_are_not_compared():
    marks = [("a", "x", Decimal(90)), ("a", "y", Decimal(80)), ("b", "z", Decimal(10))]
    assert estimate_severity(marks) == {"x": Decimal(5), "y": Decimal(-5), "z": Decimal(0)}
    assert estimate_severity([]) == {}
