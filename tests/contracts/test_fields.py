"""Fields of the field's values: what they take, what they refuse, and in which words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate
from stdnum.cn.uscc import calc_check_digit

from contracts.errors import InvalidInput
from contracts.fields import (
    USCC_SHAPE,
    Both,
    Choice,
    Id,
    Many,
    Moment,
    Province,
    Score,
    Strict,
    Text,
    Uscc,
    format_moment,
    load,
)
from contracts.words import Role, quantize_score


class Inner(Strict):
    name = Text(5, required=True)


class Everything(Strict):
    text = Text(10)
    empty = Text(10, empty=True)
    id = Id()
    uscc = Uscc()
    province = Province()
    score = Score(low="0", high="100")
    moment = Moment(allow_none=True)
    both = Both()
    role = Choice(Role)
    inner = Many(Inner, 2, 1)
    count = fields.Integer(strict=True, validate=validate.Range(1, 9))
    least = fields.Integer(strict=True, validate=validate.Range(min=1))
    most = fields.Integer(strict=True, validate=validate.Range(max=9))
    flag = fields.Boolean(truthy={True}, falsy={False})
    code = fields.String(validate=validate.Length(equal=4))
    email = fields.Email()
    short = fields.String(validate=validate.Length(max=3))
    long = fields.String(validate=validate.Length(min=3))
    exact = fields.String(validate=validate.Regexp("[0-9]+"))


GOOD_USCC = "91110000" + "100000001" + calc_check_digit("91110000100000001")


@pytest.mark.parametrize(
    ("given_data", "field", "rule"),
    [
        ({"text": ""}, "text", "length"),
        ({"text": "x" * 11}, "text", "length"),
        ({"text": 5}, "text", "string"),
        ({"text": None}, "text", "not_null"),
        ({"text": "a\x00"}, "text", "control_characters"),
        ({"text": "\ud800"}, "text", "control_characters"),
        ({"id": "a b"}, "id", "identifier"),
        ({"id": "x" * 81}, "id", "identifier"),
        ({"uscc": "x"}, "uscc", "uscc_shape"),
        ({"uscc": GOOD_USCC[:-1] + ("0" if GOOD_USCC[-1] != "0" else "1")}, "uscc", "uscc_check_digit"),
        ({"province": "00"}, "province", "province"),
        ({"score": 1.5}, "score", "number"),
        ({"score": True}, "score", "number"),
        ({"score": "1" * 25}, "score", "number"),
        ({"score": "NaN"}, "score", "number"),
        ({"score": "0.000000001"}, "score", "number"),
        ({"score": "abc"}, "score", "number"),
        ({"score": [1]}, "score", "number"),
        ({"score": "101"}, "score", "range"),
        ({"moment": "2025-01-01T00:00:00"}, "moment", "datetime"),
        ({"moment": "soon"}, "moment", "datetime"),
        ({"moment": 5}, "moment", "datetime"),
        ({"moment": "0001-01-01T00:00:00+14:00"}, "moment", "datetime"),
        ({"both": {"zh": "x"}}, "both.en", "required"),
        ({"both": "x"}, "both", "object"),
        ({"role": "king"}, "role", "choice"),
        ({"inner": []}, "inner", "length"),
        ({"inner": {}}, "inner", "list"),
        ({"inner": [{"name": "x", "age": 1}]}, "inner.0.age", "unknown"),
        ({"inner": [{}]}, "inner.0.name", "required"),
        ({"count": 10}, "count", "range"),
        ({"count": "x"}, "count", "number"),
        ({"least": 0}, "least", "range"),
        ({"most": 10}, "most", "range"),
        ({"flag": "maybe"}, "flag", "boolean"),
        ({"code": "123"}, "code", "length"),
        ({"email": "x"}, "email", "email"),
        ({"short": "1234"}, "short", "too_long"),
        ({"long": "12"}, "long", "too_short"),
        ({"exact": "x"}, "exact", "invalid"),
        ({"surplus": 1}, "surplus", "unknown"),
        ([], "_", "object"),
        (None, "_", "object"),
    ],
)
def test_bad_values_are_named_in_both_languages(given_data: Any, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(Everything(), given_data)
    [error] = refused.value.fields
    assert (error.field, error.rule) == (field, rule)
    assert error.zh and error.en and error.zh != error.en


def test_good_values_become_python_values() -> None:
    loaded = load(
        Everything(),
        {
            "text": " 文字 ", "empty": "", "uscc": GOOD_USCC.lower(), "score": "87.50", "province": "11",
            "moment": "2025-05-16T23:59:59.999999+08:00", "role": "expert",
        },
    )  # fmt: skip
    assert loaded == {
        "text": "文字", "empty": "", "uscc": GOOD_USCC, "score": Decimal("87.50"), "province": "11",
        "moment": datetime(2025, 5, 16, 15, 59, 59, 999000, tzinfo=UTC), "role": "expert",
    }  # fmt: skip
    assert load(Everything(), {"moment": loaded["moment"]})["moment"] == loaded["moment"]
    assert Everything().dump({"moment": loaded["moment"]})["moment"] == "2025-05-16T15:59:59.999Z"
    assert Everything().dump({"moment": None}) == {"moment": None}


@given(st.from_regex(USCC_SHAPE, fullmatch=True))
def test_a_credit_code_has_one_check_digit(text: str) -> None:
    good = text[:-1] + calc_check_digit(text[:-1])
    assert load(Everything(), {"uscc": good})["uscc"] == good
    if text != good:
        with pytest.raises(InvalidInput):
            load(Everything(), {"uscc": text})


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12,
))  # fmt: skip
def test_junk_is_refused_and_nothing_else(junk: Any) -> None:
    for name in Everything().fields:
        try:
            load(Everything(), {name: junk})
        except InvalidInput as refused:
            assert json.dumps(refused.to_problem())


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_as_it_went(moment: datetime) -> None:
    kept = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert load(Everything(), {"moment": format_moment(moment)})["moment"] == kept


def test_scores_round_half_up() -> None:
    assert [str(quantize_score(Decimal(text))) for text in ("1.005", "1.0049", "-1.005")] == [
        "1.01", "1.00", "-1.01",
    ]  # fmt: skip
    assert str(quantize_score(Decimal("2.5"), 0)) == "3"
