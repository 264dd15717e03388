"""Score sheets: what may stand in them and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Rubric
from contracts.errors import InvalidInput
from services.review.domain.rubric import check_sheet, read_marks, total_of
from tests.unit.review.rules import EDITION, FINAL, FORMAL, TRACK, criterion


def marks(values):
    """Return marks as they are handed in."""
    return [{"criterion": name, "value": value} for name, value in values.items()]


def faults(rubric, given_marks):
    """Return (field, rule) of every fault."""
    with pytest.raises(InvalidInput) as refused:
        read_marks(rubric, given_marks)
    return [(error.field, error.rule) for error in refused.value.fields]


def test_a_full_sheet_is_read_in_the_order_of_the_rubric():
    rubric = Rubric((criterion("a", "0.6"), criterion("b", "0.4", high="10", step="0.5")))
    values = read_marks(rubric, marks({"b": Decimal("7.5"), "a": Decimal(80)}))
    assert list(values) == ["a", "b"]
    assert total_of(rubric, values) == Decimal("78.0000")


def test_every_fault_is_named():
    rubric = Rubric((criterion("a"), criterion("b", step="0.5"), criterion("c")))
    given_marks = [
        {"criterion": "a", "value": Decimal(101)}, {"criterion": "b", "value": Decimal("0.3")},
        {"criterion": "b", "value": Decimal(1)}, {"criterion": "x", "value": Decimal(1)},
    ]  # fmt: skip
    assert faults(rubric, given_marks) == [
        ("marks.0.value", "range"), ("marks.1.value", "step"), ("marks.2.criterion", "unique"),
        ("marks.3.criterion", "unknown"), ("marks.c", "required"),
    ]  # fmt: skip


def test_steps_count_from_the_lowest_value():
    rubric = Rubric((criterion("a", low="0.5", high="5.5"),))
    assert read_marks(rubric, marks({"a": Decimal("2.5")})) == {"a": Decimal("2.5")}
    assert faults(rubric, marks({"a": Decimal(2)})) == [("marks.0.value", "step")]


@given(st.data())
def test_totals_lie_in_0_to_100_and_grow_with_each_mark(data):
    for stage in (TRACK, FINAL):
        values = {
            item.id: data.draw(st.integers(0, int((item.high - item.low) / item.step))) * item.step + item.low
            for item in stage.rubric.criteria
        }
        assert read_marks(stage.rubric, marks(values)) == values
        total = total_of(stage.rubric, values)
        assert 0 <= total <= 100
        for item in stage.rubric.criteria:
            assert total_of(stage.rubric, {**values, item.id: item.high}) >= total


def refused(stage, values, decision, comment="完整的评语，说明情况。"):
    """Return (field, rule) of what is wrong beside the marks."""
    with pytest.raises(InvalidInput) as error:
        check_sheet(EDITION, stage, values, decision, comment)
    return [(fault.field, fault.rule) for fault in error.value.fields]


ALL_GOOD = {item.id: Decimal(1) for item in FORMAL.rubric.criteria}


def test_a_scored_stage_takes_no_decision():
    assert refused(TRACK, {}, "pass") == [("decision", "unknown")]


def test_a_short_comment_is_refused():
    stage = replace(TRACK, rubric=replace(TRACK.rubric, comment_least=10))
    assert refused(stage, {}, None, "  好  ") == [("comment", "too_short")]
    check_sheet(EDITION, stage, {}, None, "一二三四五六七八九十")


@pytest.mark.parametrize(
    ("failing", "decision", "wrong"),
    [
        ((), "pass", None),
        ((), None, ("decision", "required")),
        ((), "return", ("decision", "agreement")),
        (("proof",), "pass", ("decision", "agreement")),
        (("proof",), "return", None),
        (("proof",), "fail", None),
    ],
)
def test_a_decision_follows_from_the_checklist(failing, decision, wrong):
    values = {**ALL_GOOD, **{name: Decimal(0) for name in failing}}
    if wrong is None:
        check_sheet(EDITION, FORMAL, values, decision, "完整的评语，说明情况。")
    else:
        assert refused(FORMAL, values, decision) == [wrong]
