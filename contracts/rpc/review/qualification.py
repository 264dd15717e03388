"""Methods on qualification: whether a unit may take part in an edition."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts.errors import NotYet, OutsideWindow
from contracts.fields import Choice, Id, Many, Moment, Strict
from contracts.rpc.method import Page, command, listing
from contracts.rpc.review.shared import READERS, STAFF, Count, Reasons, RowOutcome
from contracts.words import QualificationStatus

DECISIONS = ("pass", "return", "reject")


class UnitCopy(Strict):
    unit_id = Id(required=True)
    name = fields.String(required=True)
    uscc = fields.String(required=True)
    kind = fields.String(required=True)
    province = fields.String(required=True)
    group_unit = fields.String(required=True, allow_none=True)
    recommender = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)


class QualificationView(Strict):
    """``unit`` is null until the unit's particulars have arrived."""

    qualification_id = Id(required=True)
    edition_id = Id(required=True)
    unit_id = Id(required=True)
    unit = fields.Nested(UnitCopy, required=True, allow_none=True)
    status = Choice(QualificationStatus, required=True)
    cases = Count(metadata={"description": "submitted cases of the unit"})
    reasons = Reasons(required=True)
    due_at = Moment(required=True, allow_none=True)
    opened_at = Moment(required=True)
    decided_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class QualificationsPage(Page):
    edition_id = Id(required=True)
    status = Choice(QualificationStatus, load_default=None, allow_none=True)


class Decision(Strict):
    """``days`` sets the date of a return; without it the edition's own number counts."""

    unit_id = Id(required=True)
    decision = Choice(DECISIONS, required=True)
    reasons = Reasons(load_default=list)
    days = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 90))


class DecideArgs(Decision):
    edition_id = Id(required=True)


class DecideManyArgs(Strict):
    edition_id = Id(required=True)
    rows = Many(Decision, 200, 1, required=True)


class ManyDecided(Strict):
    """Rows that were refused changed nothing; the others stand."""

    decided = Count()
    refused = Count()
    outcomes = Many(RowOutcome, 200, required=True)


list_qualifications = listing(
    "review", "list_qualifications", "Units whose qualification is to be decided, or was.",
    args=QualificationsPage, item=QualificationView, roles=READERS,
)  # fmt: skip
decide_qualification = command(
    "review", "decide_qualification", "Pass, return or reject a unit, with reason codes.",
    args=DecideArgs, result=QualificationView, roles=STAFF, errors=(NotYet, OutsideWindow), dry_run=True,
)  # fmt: skip
decide_qualifications = command(
    "review", "decide_qualifications", "Decide many units at once, each row by itself.",
    args=DecideManyArgs, result=ManyDecided, roles=STAFF, errors=(NotYet, OutsideWindow), dry_run=True,
)  # fmt: skip
