"""Methods on rounds: opening, filling panels, progress."""

from __future__ import annotations

from marshmallow import fields

from contracts.errors import NotYet, Unavailable
from contracts.fields import Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.method import Page, command, listing, query
from contracts.rpc.review.shared import READERS, STAFF, AssignmentArgs, Count, Reason, RoundArgs
from contracts.rpc.shared import JobStarted
from contracts.words import AssignmentStatus, RoundStatus, StageKind


class RoundView(Strict):
    """``open_cases`` are still to be judged; in a formal round each case is decided by itself."""

    round_id = Id(required=True)
    edition_id = Id(required=True)
    edition_version = fields.Integer(required=True)
    stage = Id(required=True)
    kind = Choice(StageKind, required=True)
    track = Id(required=True, allow_none=True)
    status = Choice(RoundStatus, required=True)
    cases = Count()
    open_cases = Count()
    opened_at = Moment(required=True)
    closed_at = Moment(required=True, allow_none=True)
    result_id = Id(required=True, allow_none=True)
    merkle_root = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class OpenRoundArgs(Strict):
    """``track`` is needed for a stage that runs per track, and must be null otherwise."""

    edition_id = Id(required=True)
    stage = Id(required=True)
    track = Id(load_default=None, allow_none=True)


class RoundsPage(Page):
    edition_id = Id(load_default=None, allow_none=True)
    stage = Id(load_default=None, allow_none=True)
    status = Choice(RoundStatus, load_default=None, allow_none=True)


class RoundCaseView(Strict):
    """``need`` sheets are wanted; a wide gap or a disagreement wants one more than the panel."""

    round_id = Id(required=True)
    case_id = Id(required=True)
    number = fields.String(required=True)
    track = Id(required=True)
    status = Choice(("in", "returned", "decided", "dropped"), required=True)
    need = Count()
    assigned = Count()
    sheets = Count()
    spread = fields.String(required=True, metadata={"description": "highest minus lowest total"})
    gap = fields.Boolean(required=True, metadata={"description": "experts differ and nobody answered it yet"})
    ruled = fields.Boolean(required=True)
    decision = fields.String(required=True, allow_none=True)


class RoundCasesPage(Page):
    round_id = Id(required=True)
    show = Choice(
        ("all", "missing", "unassigned", "gap"), load_default="all",
        metadata={"description": "missing: sheets are; unassigned: panel not full; gap: unanswered"},
    )  # fmt: skip


class Pin(Strict):
    """An expert whom the secretariat seats on a case itself."""

    case_id = Id(required=True)
    expert_id = Id(required=True)


class AssignArgs(Strict):
    """Fills the empty seats of a round; who sits stays. The same seed gives the same plan."""

    round_id = Id(required=True)
    seed = Text(60, load_default="", empty=True)
    pins = Many(Pin, 200, load_default=list)


class AssignmentView(Strict):
    """``active``: it counts; not so when given up, or while its case is out of the contest."""

    assignment_id = Id(required=True)
    round_id = Id(required=True)
    case_id = Id(required=True)
    expert_id = Id(required=True)
    track = Id(required=True)
    status = Choice(AssignmentStatus, required=True)
    active = fields.Boolean(required=True)
    ground = fields.String(required=True, allow_none=True)
    sheets = Count(metadata={"description": "sheets handed in, better ones counted"})
    assigned_at = Moment(required=True)


class AssignmentsPage(Page):
    round_id = Id(load_default=None, allow_none=True)
    case_id = Id(load_default=None, allow_none=True)
    expert_id = Id(load_default=None, allow_none=True)
    status = Choice(AssignmentStatus, load_default=None, allow_none=True)


class ReassignArgs(AssignmentArgs):
    """Takes a case from an expert and gives it to ``expert_id``, or to whom the planner finds."""

    expert_id = Id(load_default=None, allow_none=True)
    reason = Reason()


class Progress(Strict):
    """``blocking`` names, for at most 50 cases, what keeps the round open."""

    round_id = Id(required=True)
    status = Choice(RoundStatus, required=True)
    cases = Count()
    open_cases = Count()
    assigned = Count()
    accepted = Count()
    scored = Count()
    missing_sheets = Count()
    unassigned_seats = Count()
    gaps = Count()
    blocking = Many(fields.Dict(), 50, required=True)


class Added(Strict):
    round_id = Id(required=True)
    added = Count()


open_round = command(
    "review", "open_round", "Open a round with the cases that wait for it, once earlier ones are over.",
    args=OpenRoundArgs, result=RoundView, roles=STAFF, errors=(NotYet,), dry_run=True,
)  # fmt: skip
add_waiting_cases = command(
    "review", "add_waiting_cases", "Take cases that came to wait since into an open round.",
    args=RoundArgs, result=Added, roles=STAFF, errors=(NotYet,), dry_run=True,
)  # fmt: skip
list_rounds = listing(
    "review", "list_rounds", "Rounds of an edition.", args=RoundsPage, item=RoundView, roles=READERS,
)  # fmt: skip
get_round = query("review", "get_round", "One round.", args=RoundArgs, result=RoundView, roles=READERS)
list_round_cases = listing(
    "review", "list_round_cases", "Cases of a round: panels, sheets, gaps.",
    args=RoundCasesPage, item=RoundCaseView, roles=READERS,
)  # fmt: skip
assign_experts = command(
    "review", "assign_experts", "Fill the panels of a round; a dry run shows loads and unfillable seats.",
    args=AssignArgs, result=JobStarted, roles=STAFF, errors=(NotYet, Unavailable), dry_run=True,
)  # fmt: skip
list_assignments = listing(
    "review", "list_assignments", "Who judges what.",
    args=AssignmentsPage, item=AssignmentView, roles=READERS,
)  # fmt: skip
reassign = command(
    "review", "reassign", "Take a case from one expert and give it to another.",
    args=ReassignArgs, result=AssignmentView, roles=STAFF, errors=(NotYet,), dry_run=True,
)  # fmt: skip
round_progress = query(
    "review", "round_progress", "How far a round is, and what keeps it open.",
    args=RoundArgs, result=Progress, roles=READERS,
)  # fmt: skip
