"""Which reasons may be given for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.edition import Edition
from contracts.errors import FieldError, InvalidInput

Reasons = list[dict[str, str]]


def check_reasons(edition: Edition, decision: str, given: Sequence[Mapping[str, str]]) -> Reasons:
    """Return the reasons as ``[{"code", "note"}]``, in the order given.

    Raises InvalidInput when there is none, one stands twice, or one is not for this decision.
    """
    allowed = edition.reasons_for(decision)
    wrong: list[FieldError] = []
    if not given:
        wrong.append(
            FieldError("reasons", "required", "须给出理由代码", "At least one reason code is needed.")
        )
    codes = [str(reason["code"]) for reason in given]
    for index, code in enumerate(codes):
        if code not in allowed:
            listed = ", ".join(allowed)
            wrong.append(
                FieldError(
                    f"reasons.{index}.code",
                    "choice",
                    f"此决定可用的理由：{listed}",
                    f"Must be one of: {listed}.",
                )
            )
        elif code in codes[:index]:
            wrong.append(
                FieldError(f"reasons.{index}.code", "unique", "理由重复", "This reason stands twice.")
            )
    if wrong:
        raise InvalidInput(wrong)
    return [{"code": str(reason["code"]), "note": str(reason.get("note", ""))} for reason in given]
