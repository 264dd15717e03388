"""Single awards: looked at, taken back, reinstated."""

from marshmallow import fields

from contracts.fields import Both, Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.awards.shared import LAUREATES, SECRETARIAT, AwardArgs
from contracts.rpc.method import Page, command, listing, query
from contracts.words import AwardStatus


class AwardsArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)
    proposal_id = Id(load_default=None, allow_none=True)
    prize = Id(load_default=None, allow_none=True)
    status = Choice(AwardStatus, load_default=None, allow_none=True)
    case_id = Id(load_default=None, allow_none=True)


class AwardRow(Strict):
    award_id = Id(required=True)
    edition_id = Id(required=True)
    proposal_id = Id(required=True)
    position = fields.Integer(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    title = Text(200, required=True, allow_none=True)
    case_id = Id(required=True, allow_none=True)
    unit_id = Id(required=True, allow_none=True)
    track = Id(required=True, allow_none=True)
    status = Choice(AwardStatus, required=True)
    opens_at = Moment(required=True, allow_none=True)
    closes_at = Moment(required=True, allow_none=True)
    open_objections = fields.Integer(required=True)
    held = Text(80, required=True, allow_none=True)
    published_at = Moment(required=True, allow_none=True)
    certificate_number = Id(required=True, allow_none=True)
    version = fields.Integer(required=True)


class AwardFull(AwardRow):
    """``rank`` and ``score`` are shown to the secretariat and auditors only."""

    rank = fields.Integer(required=True, allow_none=True)
    score = fields.String(required=True, allow_none=True)
    joint_units = Many(Text(120), 20, required=True)
    withdrawn_at = Moment(required=True, allow_none=True)
    withdrawn_reason = Text(500, empty=True, required=True)


class AwardState(Strict):
    award_id = Id(required=True)
    status = Choice(AwardStatus, required=True)
    version = fields.Integer(required=True)


class WithReason(AwardArgs):
    reason = Text(500, required=True)


withdraw_award = command(
    "awards", "withdraw_award", "Take a prize back; its certificate shows as withdrawn.",
    args=WithReason, result=AwardState, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
reinstate_award = command(
    "awards", "reinstate_award", "Undo the withdrawal of a published prize; its certificate holds again.",
    args=WithReason, result=AwardState, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
list_awards = listing(
    "awards", "list_awards", "Prizes in order; an entrant sees his unit's from publicity on.",
    args=AwardsArgs, item=AwardRow, roles=LAUREATES,
)  # fmt: skip
get_award = query(
    "awards", "get_award", "One prize.", args=AwardArgs, result=AwardFull, roles=LAUREATES,
)  # fmt: skip
