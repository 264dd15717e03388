"""Proposals of all prizes of an edition: drawn up, made public, published."""

from marshmallow import fields

from contracts.errors import NotYet, OutsideWindow
from contracts.fields import Both, Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.awards.shared import READERS, SECRETARIAT
from contracts.rpc.method import Page, command, listing
from contracts.rpc.shared import EditionArgs, JobStarted

MOST_AWARDS = 2000


class ProposalArgs(Strict):
    proposal_id = Id(required=True)


class ProposedLine(Strict):
    """One row of a proposal's table; ``score`` is the final's, or an organisation's weighted count."""

    position = fields.Integer(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    title = Text(200, required=True, allow_none=True)
    case_id = Id(required=True, allow_none=True)
    rank = fields.Integer(required=True, allow_none=True)
    score = fields.String(required=True, allow_none=True)


class ProposalTable(Strict):
    """``proposal_id`` is null with a dry run; ``left_out`` are finalists that take no prize."""

    proposal_id = Id(required=True, allow_none=True)
    edition_id = Id(required=True)
    result_id = Id(required=True)
    total = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    left_out = Many(Id(), 10000, required=True)
    lines = Many(ProposedLine, MOST_AWARDS, required=True)


class ProposalRow(Strict):
    proposal_id = Id(required=True)
    edition_id = Id(required=True)
    result_id = Id(required=True)
    status = Choice(["proposed", "in_publicity", "discarded"], required=True)
    total = fields.Integer(required=True)
    proposed_at = Moment(required=True)
    opens_at = Moment(required=True, allow_none=True)
    closes_at = Moment(required=True, allow_none=True)
    superseded_by = Id(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ProposalsArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)


class PlacingsArgs(Page):
    result_id = Id(required=True)


class PlacingRow(Strict):
    """A case in a result of review's, as awards heard it."""

    case_id = Id(required=True)
    rank = fields.Integer(required=True)
    score = fields.String(required=True)


class DiscardArgs(ProposalArgs):
    reason = Text(500, required=True)


class Discarded(Strict):
    proposal_id = Id(required=True)
    awards = fields.Integer(required=True)


class PublicityPlan(Strict):
    """``days`` are the working days that count; objections are taken from opens_at until before closes_at."""

    proposal_id = Id(required=True)
    awards = fields.Integer(required=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)
    working_days = fields.Integer(required=True)
    days = Many(fields.Date(), 60, required=True)


propose_awards = command(
    "awards", "propose_awards", "Draw up all prizes of an edition from the final's result.",
    args=EditionArgs, result=ProposalTable, roles=SECRETARIAT, errors=(NotYet,), dry_run=True,
)  # fmt: skip
discard_proposal = command(
    "awards", "discard_proposal", "Put a proposal aside while nothing of it is published.",
    args=DiscardArgs, result=Discarded, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
open_publicity = command(
    "awards", "open_publicity", "Make proposed prizes public for the edition's number of working days.",
    args=ProposalArgs, result=PublicityPlan, roles=SECRETARIAT, errors=(NotYet,), dry_run=True,
)  # fmt: skip
publish_awards = command(
    "awards", "publish_awards", "Publish every prize of a proposal that nothing holds back; others wait.",
    args=ProposalArgs, result=JobStarted, roles=SECRETARIAT, errors=(OutsideWindow,), dry_run=True,
)  # fmt: skip
list_proposals = listing(
    "awards", "list_proposals", "Proposals of prizes, newest last.",
    args=ProposalsArgs, item=ProposalRow, roles=READERS,
)  # fmt: skip
list_placings = listing(
    "awards", "list_placings", "Ranks and scores of a result that prizes follow from, as awards heard them.",
    args=PlacingsArgs, item=PlacingRow, roles=READERS,
)  # fmt: skip
