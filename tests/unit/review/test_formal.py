"""Experts agree on a case, or more of them are asked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.domain.formal import Checklist, agree, reasons_of
from tests.unit.review.rules import EDITION, FORMAL

CODES = {item.id: item.reason for item in FORMAL.rubric.criteria}


def sheets(*decisions: str) -> list[Checklist]:
    """Return checklists with these decisions."""
    return [Checklist(f"s{index}", decision, {}) for index, decision in enumerate(decisions)]


@pytest.mark.parametrize(
    ("said", "decision", "needed"),
    [
        ([], None, 2),
        (["pass"], None, 2),
        (["pass", "pass"], "pass", 2),
        (["fail", "fail"], "fail", 2),
        (["pass", "return"], None, 3),
        (["pass", "return", "return"], "return", 3),
        (["pass", "return", "fail"], None, 4),
        (["pass", "pass", "return", "return"], None, 5),
        (["pass", "pass", "return", "return", "pass"], "pass", 5),
        (["pass", "pass", "fail", "fail", "return"], "return", 5),
    ],
)
def test_agreement(said, decision, needed):
    verdict = agree(sheets(*said), 2, 3)
    assert (verdict.decision, verdict.needed) == (decision, needed)


@given(
    st.lists(st.sampled_from(["pass", "return", "fail"]), max_size=9), st.integers(1, 4), st.integers(0, 5)
)
def test_agreement_always_comes_to_an_end(said, panel, most_extra):
    verdict = agree(sheets(*said), panel, most_extra)
    if verdict.decision is None:
        assert len(said) < verdict.needed <= panel + most_extra
    else:
        assert len(said) >= panel
        assert verdict == agree(sheets(*reversed(said)), panel, most_extra)


@pytest.mark.parametrize(
    ("said", "most_extra", "decision", "needed"),
    [
        (["pass", "fail"], 0, "return", 2),
        (["pass", "fail"], 1, None, 3),
        (["pass", "fail", "return"], 1, "return", 3),
        (["pass", "pass", "fail", "fail", "return"], 4, None, 6),
    ],
)
def test_the_edition_says_how_many_more_are_asked(said, most_extra, decision, needed):
    verdict = agree(sheets(*said), 2, most_extra)
    assert (verdict.decision, verdict.needed) == (decision, needed)


def checklist(decision: str, *failing: str, comment: str = "") -> Checklist:
    """Return a checklist on which these items failed."""
    return Checklist("s", decision, {name: Decimal(name not in failing) for name in CODES}, comment)


def test_reasons_come_from_the_items_that_failed():
    given_sheets = [
        checklist("return", "proof", comment="缺盖章页"),
        checklist("return", "proof", "template", comment="缺盖章页"),
        checklist("pass", "saving"),
    ]  # fmt: skip
    assert reasons_of(EDITION, FORMAL, given_sheets, "return") == [
        {"code": CODES["template"], "note": "缺盖章页"}, {"code": CODES["proof"], "note": "缺盖章页"},
    ]  # fmt: skip


def test_other_sheets_speak_where_those_of_the_decision_name_nothing():
    given_sheets = [checklist("return"), checklist("fail", "saving", comment="无减排数据")]
    assert reasons_of(EDITION, FORMAL, given_sheets, "return") == [
        {"code": CODES["saving"], "note": "无减排数据"}
    ]  # fmt: skip
    assert reasons_of(EDITION, FORMAL, [checklist("return")], "return") == []
