"""Methods of an expert: his duties, the cases he was given, his sheets."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts.errors import NotYet, OutsideWindow, Unavailable
from contracts.events.submission import JointUnit, MaterialRef
from contracts.fields import Choice, Id, Many, Moment, Score, Strict, Text, Uscc
from contracts.rpc.method import Page, command, listing, query
from contracts.rpc.review.shared import EXPERTS, STAFF, AssignmentArgs, CaseArgs, Count, Reason, Reasons
from contracts.rpc.shared import Link
from contracts.words import AssignmentStatus, FormalDecision, StageKind


class MyAssignment(Strict):
    """Before the duty is accepted only the title is shown, so that conflicts can be declared."""

    assignment_id = Id(required=True)
    round_id = Id(required=True)
    stage = Id(required=True)
    kind = Choice(StageKind, required=True)
    track = Id(required=True)
    case_id = Id(required=True)
    title = fields.String(required=True)
    status = Choice(AssignmentStatus, required=True)
    accepted = fields.Boolean(required=True)
    case_revision = Count()
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)


class MyAssignmentsPage(Page):
    round_id = Id(load_default=None, allow_none=True)
    status = Choice(AssignmentStatus, load_default=None, allow_none=True)


class DeclaredConflict(Strict):
    """A case he was given, or a unit by its credit code: exactly one of the two."""

    case_id = Id(load_default=None, allow_none=True)
    uscc = Uscc(load_default=None, allow_none=True)
    note = Text(300, load_default="", empty=True)


class AcceptDutyArgs(Strict):
    round_id = Id(required=True)
    confidentiality = fields.Boolean(required=True, truthy={True}, falsy={False})
    conflicts = Many(DeclaredConflict, 100, load_default=list)


class DutyAccepted(Strict):
    round_id = Id(required=True)
    accepted = Count()
    recused = Count()
    accepted_at = Moment(required=True)


class CriterionView(Strict):
    criterion = Id(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)
    weight = fields.String(required=True)
    low = fields.String(required=True)
    high = fields.String(required=True)
    step = fields.String(required=True)


class MarkView(Strict):
    criterion = Id(required=True)
    value = fields.String(required=True)


class SheetView(Strict):
    """``number`` counts the sheets of this assignment; ``hash`` is its place on the record."""

    sheet_id = Id(required=True)
    assignment_id = Id(required=True)
    number = Count()
    case_revision = Count()
    marks = Many(MarkView, 100, required=True)
    total = fields.String(required=True)
    decision = Choice(FormalDecision, required=True, allow_none=True)
    comment = fields.String(required=True)
    submitted_at = Moment(required=True)
    hash = fields.String(required=True)


class CaseForReview(Strict):
    """A case as its expert sees it: in a blind stage without the units that entered it."""

    assignment_id = Id(required=True)
    round_id = Id(required=True)
    stage = Id(required=True)
    blind = fields.Boolean(required=True)
    case_id = Id(required=True)
    case_revision = Count()
    track = Id(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    answers = fields.Dict(required=True)
    materials = Many(MaterialRef, 50, required=True)
    unit_name = fields.String(required=True, allow_none=True)
    joint_units = Many(JointUnit, 20, required=True)
    criteria = Many(CriterionView, 100, required=True)
    comment_least = Count()
    sheet = fields.Nested(SheetView, required=True, allow_none=True)


class MaterialArgs(AssignmentArgs):
    material_id = Id(required=True)


class RecuseArgs(AssignmentArgs):
    reason = Reason()


class Recused(Strict):
    assignment_id = Id(required=True)
    status = Choice(AssignmentStatus, required=True)
    job_id = Id(required=True, allow_none=True)


class Mark(Strict):
    criterion = Id(required=True)
    value = Score(required=True)


class SubmitSheetArgs(AssignmentArgs):
    """``case_revision`` is the revision that was judged; a newer one makes the sheet a Conflict."""

    case_revision = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    marks = Many(Mark, 100, 1, required=True)
    decision = Choice(FormalDecision, load_default=None, allow_none=True)
    comment = Text(2000, load_default="", empty=True)


class RuleArgs(CaseArgs):
    """In a formal round ``decision`` settles the case, with ``reasons`` to return or fail; else neither."""

    round_id = Id(required=True)
    decision = Choice(FormalDecision, load_default=None, allow_none=True)
    reasons = Reasons(load_default=list)
    reason = Reason()


class Ruled(Strict):
    round_id = Id(required=True)
    case_id = Id(required=True)
    decision = fields.String(required=True, allow_none=True)


my_assignments = listing(
    "review", "my_assignments", "What the calling expert was given to judge.",
    args=MyAssignmentsPage, item=MyAssignment, roles=EXPERTS,
)  # fmt: skip
accept_duty = command(
    "review", "accept_duty", "Promise confidentiality and declare conflicts, before any material opens.",
    args=AcceptDutyArgs, result=DutyAccepted, roles=EXPERTS, dry_run=True,
)  # fmt: skip
case_for_review = query(
    "review", "case_for_review", "A case that the calling expert judges.",
    args=AssignmentArgs, result=CaseForReview, roles=EXPERTS, errors=(NotYet,),
)  # fmt: skip
material_for_review = query(
    "review", "material_for_review", "A short-lived link to a file of a case that the expert judges.",
    args=MaterialArgs, result=Link, roles=EXPERTS, errors=(NotYet, Unavailable), personal=True,
)  # fmt: skip
recuse = command(
    "review", "recuse", "Give a case back for a conflict; somebody else is found.",
    args=RecuseArgs, result=Recused, roles=EXPERTS, dry_run=True,
)  # fmt: skip
submit_score_sheet = command(
    "review", "submit_score_sheet", "Hand in a sheet, or a better one while the round is open.",
    args=SubmitSheetArgs, result=SheetView, roles=EXPERTS, errors=(NotYet, OutsideWindow), dry_run=True,
)  # fmt: skip
resolve_gap = command(
    "review", "resolve_gap", "Record what a panel decided about a case on which the experts differ.",
    args=RuleArgs, result=Ruled, roles=STAFF, dry_run=True,
)  # fmt: skip
