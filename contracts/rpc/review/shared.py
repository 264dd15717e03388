"""What several groups of review's methods use."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from contracts.events.review import ReasonGiven
from contracts.fields import Id, Many, Strict, Text
from contracts.words import Role

STAFF: Final = (Role.SECRETARIAT,)
READERS: Final = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR, Role.SERVICE)
EXPERTS: Final = (Role.EXPERT,)


def Reasons(**kwargs: Any) -> fields.List:
    """Return a field of up to 20 reason codes of the edition, each with a note."""
    return Many(ReasonGiven, 20, **kwargs)


def Reason(**kwargs: Any) -> Text:
    """Return the field of a reason that must be given."""
    return Text(500, required=True, **kwargs)


def Count(**kwargs: Any) -> fields.Integer:
    """Return a field of a whole number from 0."""
    return fields.Integer(required=True, strict=True, validate=validate.Range(0), **kwargs)


class RoundArgs(Strict):
    round_id = Id(required=True)


class CaseArgs(Strict):
    case_id = Id(required=True)


class AssignmentArgs(Strict):
    assignment_id = Id(required=True)


class RowOutcome(Strict):
    """What became of one row of a bulk action; ``problem`` is the refusal where it was refused."""

    row = fields.String(required=True)
    outcome = fields.String(required=True)
    problem = fields.Dict(required=True, allow_none=True)
