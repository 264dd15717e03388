"""Refusals cross the wire and come back as what they were."""

from __future__ import annotations

import json

import pytest

from contracts.errors import (
    MOST_FIELDS,
    REFUSALS,
    Conflict,
    FieldError,
    InvalidInput,
    Refusal,
    refusal_from_problem,
)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_comes_back_as_it_went(code: str) -> None:
    kind = REFUSALS[code]
    if kind is InvalidInput:
        sent: Refusal = InvalidInput([FieldError("a.b", "required", "必填", "Missing.")])
    else:
        sent = kind("不行。", "No.", window="signup")
    problem = json.loads(json.dumps(sent.to_problem()))
    got = refusal_from_problem(problem)
    assert type(got) is kind
    assert (got.zh, got.en, got.facts) == (sent.zh, sent.en, sent.facts)
    assert got.to_problem() == problem
    assert problem["type"].endswith(code)
    assert 400 <= problem["status"] < 600


def test_a_code_of_a_newer_version_is_a_plain_refusal() -> None:
    got = refusal_from_problem({"code": "TooCold", "detail": "太冷", "detail_en": "Too cold."})
    assert type(got) is Refusal
    assert str(got) == "太冷 / Too cold."


def test_every_field_is_listed_in_the_sentence() -> None:
    refusal = InvalidInput(
        [FieldError("a", "required", "必填", "Missing."), FieldError("b", "length", "过长", "Too long.")]
    )
    assert refusal.zh == "a：必填；b：过长"
    assert refusal.en == "a: Missing.; b: Too long."


def test_statuses_tell_kinds_apart() -> None:
    assert Conflict.status == 409
    assert len({kind.code for kind in REFUSALS.values()}) == len(REFUSALS)


def test_a_thousand_faults_are_not_all_told() -> None:
    refusal = InvalidInput([FieldError(f"a.{n}", "string", "应为文字", "Not text.") for n in range(1000)])
    assert len(refusal.fields) == MOST_FIELDS
    assert refusal.fields[-1] == FieldError("_", "more", "另有901处有误", "901 more faults.")
    again = refusal_from_problem(refusal.to_problem())
    assert isinstance(again, InvalidInput)
    assert again.fields == refusal.fields
