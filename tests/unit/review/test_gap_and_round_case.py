"""Experts too far apart, and what that does to a case in a round."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Method
from contracts.errors import Conflict
from services.review.domain.gap import is_unanswered, is_wide, sheets_needed, spread_of
from services.review.domain.round_case import DECIDED, DROPPED, IN, RETURNED, RoundCase

METHOD = Method("mean", gap=Decimal(20))


def numbers(*values: int) -> list[Decimal]:
    """Return totals."""
    return [Decimal(value) for value in values]


def case(**changes) -> RoundCase:
    """Return a case in a round with a panel of two."""
    return RoundCase("r:c", "r", "c", "u", "t", "N-1", 2, **changes)


def test_a_gap_is_wide_only_above_the_limit():
    assert not is_wide(numbers(60, 80), Decimal(20))
    assert is_wide(numbers(60, 81), Decimal(20))
    assert not is_wide(numbers(0, 100), None)
    assert spread_of(numbers(70)) == 0


@given(st.lists(st.integers(0, 100).map(Decimal), max_size=6), st.integers(1, 4), st.booleans())
def test_an_unanswered_gap_always_asks_for_one_more(totals, panel, ruled):
    if len(totals) >= panel and is_unanswered(totals, panel, METHOD.gap, ruled):
        assert sheets_needed(totals, panel, METHOD.gap) == panel + 1 > len(totals)
    if ruled or len(totals) > panel:
        assert not is_unanswered(totals, panel, METHOD.gap, ruled)


def test_counting_sheets():
    judged = case()
    judged.count(numbers(50, 90), 2, METHOD)
    assert (judged.sheets, judged.spread, judged.need, judged.gap) == (2, "40", 3, True)
    judged.count(numbers(50, 90, 70), 2, METHOD)
    assert (judged.need, judged.gap) == (3, False)
    judged.count(numbers(80, 90), 2, METHOD)
    assert (judged.need, judged.gap) == (2, False)


def test_a_panel_may_let_a_wide_gap_stand():
    judged = case(gap=True)
    judged.rule(numbers(50, 90), METHOD.gap)
    assert judged.ruled and not judged.gap
    judged.count(numbers(40, 90), 2, METHOD)
    assert judged.gap and not judged.ruled
    judged.rule(numbers(40, 90), METHOD.gap)
    with pytest.raises(Conflict):
        judged.rule(numbers(80, 90), METHOD.gap)


def test_a_returned_case_is_judged_again_by_the_same_experts():
    judged = case(assigned=3, sheets=3)
    judged.decide("return", returned=True)
    assert judged.status == RETURNED
    judged.reopen(2)
    assert (judged.status, judged.need, judged.sheets, judged.decision) == (IN, 3, 0, None)


def test_a_dropped_case_comes_back_as_it_was():
    judged = case()
    judged.drop()
    assert judged.status == DROPPED
    with pytest.raises(Conflict):
        judged.require_in()
    judged.restore()
    judged.restore()
    assert judged.status == IN
    judged.decide("pass", returned=False)
    assert judged.status == DECIDED


def test_a_frozen_case_takes_nothing():
    with pytest.raises(Conflict):
        case(frozen=True).decide("pass", returned=False)
