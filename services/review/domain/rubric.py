"""Whether a score sheet is filled in as its rubric wants, and what it adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from contracts.edition import Edition, Rubric, Stage
from contracts.errors import FieldError, InvalidInput
from contracts.words import FormalDecision, StageKind, quantize_score

Values = dict[str, Decimal]


def read_marks(rubric: Rubric, marks: Sequence[Mapping[str, object]]) -> Values:
    """Return the value of each criterion; ``marks`` are ``{"criterion", "value"}``.

    Raises InvalidInput naming every mark that is unknown, doubled, missing, out of range or off the step.
    """
    criteria = {criterion.id: criterion for criterion in rubric.criteria}
    wrong: list[FieldError] = []
    values: Values = {}
    for index, mark in enumerate(marks):
        name, value, place = str(mark["criterion"]), Decimal(str(mark["value"])), f"marks.{index}"
        criterion = criteria.get(name)
        if criterion is None:
            wrong.append(
                FieldError(f"{place}.criterion", "unknown", "没有这个评分项", "There is no such criterion.")
            )
        elif name in values:
            wrong.append(
                FieldError(f"{place}.criterion", "unique", "评分项重复", "This criterion stands twice.")
            )
        elif not criterion.low <= value <= criterion.high:
            wrong.append(
                FieldError(
                    f"{place}.value",
                    "range",
                    f"应在{criterion.low}到{criterion.high}之间",
                    f"Must be from {criterion.low} to {criterion.high}.",
                )
            )
        elif (value - criterion.low) % criterion.step != 0:
            wrong.append(
                FieldError(
                    f"{place}.value",
                    "step",
                    f"应为{criterion.step}的整数倍",
                    f"Must be in steps of {criterion.step}.",
                )
            )
        if criterion is not None:
            values.setdefault(name, value)
    for name in criteria.keys() - values.keys():
        wrong.append(FieldError(f"marks.{name}", "required", "尚未评分", "This criterion has no value."))
    if wrong:
        raise InvalidInput(sorted(wrong, key=lambda error: error.field))
    return {name: values[name] for name in criteria}


def total_of(rubric: Rubric, values: Mapping[str, Decimal]) -> Decimal:
    """Return Σ weight · value ÷ high · 100, in 0..100, to four decimals: finer than any result."""
    total = sum(
        (item.weight * values[item.id] * 100 / item.high for item in rubric.criteria), start=Decimal(0)
    )
    weights = sum((item.weight for item in rubric.criteria), start=Decimal(0))
    return quantize_score(total / weights, 4)


def check_sheet(edition: Edition, stage: Stage, values: Values, decision: str | None, comment: str) -> None:
    """Check what a sheet says beside its marks.

    Raises InvalidInput when the comment is too short, or a decision does not follow from the marks.
    """
    wrong: list[FieldError] = []
    least = stage.rubric.comment_least
    if len(comment.strip()) < least:
        wrong.append(
            FieldError("comment", "too_short", f"评语不少于{least}字", f"At least {least} characters.")
        )
    if stage.kind != StageKind.FORMAL:
        if decision is not None:
            wrong.append(FieldError("decision", "unknown", "本阶段不填结论", "This stage takes no decision."))
    elif decision is None:
        wrong.append(FieldError("decision", "required", "须填结论", "A decision is needed."))
    else:
        wrong += _check_decision(edition, stage, values, decision)
    if wrong:
        raise InvalidInput(wrong)


def _check_decision(edition: Edition, stage: Stage, values: Values, decision: str) -> list[FieldError]:
    missing = [item for item in stage.rubric.criteria if values[item.id] == 0]
    if decision == FormalDecision.PASS:
        if missing:
            return [
                FieldError("decision", "agreement", "有不合格项，不能通过", "An item failed: it cannot pass.")
            ]
        return []
    allowed = edition.reasons_for(f"formal_{decision}")
    if any(item.reason in allowed for item in missing):
        return []
    return [
        FieldError(
            "decision",
            "agreement",
            "没有可作此结论的不合格项",
            "No failed item carries a reason for this decision.",
        )
    ]
