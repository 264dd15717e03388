"""Identifiers, JSON values, sort orders: the small change of the store."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.fields import ID_SHAPE
from contracts.words import Role
from plumbing.store.ids import new_id
from plumbing.store.paging import unique
from plumbing.store.plain import canonical, digest, from_text, to_plain, to_text


def test_identifiers_sort_by_time_and_never_repeat() -> None:
    made = [new_id("case") for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(ID_SHAPE.fullmatch(name) for name in made)
    earlier = new_id("case")
    until = time.time_ns() // 1_000_000 + 1
    while time.time_ns() // 1_000_000 <= until:
        pass
    assert earlier < new_id("case")
    digits = earlier.removeprefix("case-")
    assert len(digits) == 32 and digits[12] == "7" and digits[16] in "89ab"


def test_values_become_json_and_stay_themselves() -> None:
    values = {
        "score": Decimal("90.50"), "small": Decimal("1E-7"),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "day": date(2026, 1, 2),
        "roles": {Role.EXPERT, Role.AUDITOR}, "word": "新绿", "none": None,
    }  # fmt: skip
    plain = {
        "score": "90.50", "small": "0.0000001", "at": "2026-01-02T03:04:05.678Z", "day": "2026-01-02",
        "roles": ["auditor", "expert"], "word": "新绿", "none": None,
    }  # fmt: skip
    assert to_plain(values) == plain
    assert from_text(to_text(values)) == plain
    assert "新绿" in to_text(values)


@pytest.mark.parametrize("value", [object(), float("nan"), b"x"])
def test_what_has_no_json_form_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_text({"x": value})


def test_equal_values_have_equal_digests() -> None:
    assert canonical({"b": 1, "a": Decimal("1.0")}) == canonical({"a": "1.0", "b": 1})
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})


def test_an_order_is_made_unique() -> None:
    assert unique((("at", -1),)) == (("at", -1), ("_id", -1))
    assert unique((("_id", 1),)) == (("_id", 1),)
    assert unique(()) == (("_id", 1),)
