"""Methods on cases: where each stands, knock-outs and their reverse, the timeline."""

from __future__ import annotations

from marshmallow import fields

from contracts.errors import NotYet
from contracts.fields import Choice, Id, Moment, Strict
from contracts.rpc.method import Page, command, listing, query
from contracts.rpc.review.results import RecordRow
from contracts.rpc.review.shared import READERS, STAFF, CaseArgs, Reason, Reasons
from contracts.words import AssessmentStatus


class AssessmentView(Strict):
    """Where a case stands; ``disqualification_proposed_by`` is set while a second person is waited for."""

    case_id = Id(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    edition_id = Id(required=True)
    unit_id = Id(required=True)
    track = Id(required=True)
    status = Choice(AssessmentStatus, required=True)
    revision = fields.Integer(required=True)
    next_stage = Id(required=True, allow_none=True)
    round_id = Id(required=True, allow_none=True)
    unit_passed = fields.Boolean(required=True)
    due_at = Moment(required=True, allow_none=True)
    reasons = Reasons(required=True)
    disqualification_proposed_by = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class AssessmentsPage(Page):
    edition_id = Id(load_default=None, allow_none=True)
    track = Id(load_default=None, allow_none=True)
    status = Choice(AssessmentStatus, load_default=None, allow_none=True)
    unit_id = Id(load_default=None, allow_none=True)
    round_id = Id(load_default=None, allow_none=True)


class DisqualifyArgs(CaseArgs):
    reasons = Reasons(required=True)


class ReasonedArgs(CaseArgs):
    reason = Reason()


class TimelinePage(Page):
    case_id = Id(required=True)


list_assessments = listing(
    "review", "list_assessments", "Cases on the judging side.",
    args=AssessmentsPage, item=AssessmentView, roles=READERS,
)  # fmt: skip
get_assessment = query(
    "review", "get_assessment", "Where one case stands.", args=CaseArgs, result=AssessmentView, roles=READERS,
)  # fmt: skip
disqualify_case = command(
    "review", "disqualify_case", "Propose to knock a case out, with reason codes.",
    args=DisqualifyArgs, result=AssessmentView, roles=STAFF, errors=(NotYet,), dry_run=True,
)  # fmt: skip
confirm_disqualification = command(
    "review", "confirm_disqualification", "Knock a case out that somebody else proposed to.",
    args=CaseArgs, result=AssessmentView, roles=STAFF, dry_run=True,
)  # fmt: skip
drop_disqualification = command(
    "review", "drop_disqualification", "Take a proposed knock-out off the table.",
    args=ReasonedArgs, result=AssessmentView, roles=STAFF, dry_run=True,
)  # fmt: skip
reinstate_case = command(
    "review", "reinstate_case", "Undo a disqualification.",
    args=ReasonedArgs, result=AssessmentView, roles=STAFF, dry_run=True,
)  # fmt: skip
case_timeline = listing(
    "review", "case_timeline", "Everything recorded of a case, oldest first.",
    args=TimelinePage, item=RecordRow, roles=READERS,
)  # fmt: skip
