"""Methods on results: closing a round, other named results, the record."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts.errors import NotYet, Unavailable
from contracts.fields import Choice, Id, Moment, Strict, Text
from contracts.rpc.method import Page, command, listing, query
from contracts.rpc.review.shared import READERS, STAFF, Count, Reason, RoundArgs
from contracts.rpc.shared import JobStarted
from contracts.words import Outcome

METHODS = ("trimmed_mean", "mean", "standardised", "severity")


class ResultArgs(Strict):
    result_id = Id(required=True)


class ResultView(Strict):
    """``state``: computing while its job runs, then current, then superseded by another one."""

    result_id = Id(required=True)
    round_id = Id(required=True)
    name = fields.String(required=True)
    method = fields.Dict(required=True)
    state = Choice(("computing", "current", "superseded"), required=True)
    cases = Count()
    sheets = Count()
    advanced = Count()
    places = Count()
    at_cut = Count(metadata={"description": "cases that shared the score at the cut"})
    decided_by = fields.List(fields.String(), required=True)
    merkle_root = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    made_at = Moment(required=True)


class ResultsPage(Page):
    round_id = Id(required=True)


class ScoreRow(Strict):
    """A line of a result; ``dropped`` sheets were left out by its method."""

    case_id = Id(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    track = Id(required=True)
    score = fields.String(required=True)
    rank = Count()
    tied = fields.Boolean(required=True)
    outcome = Choice(Outcome, required=True)
    sheets = Count()
    dropped = Count()
    record_hash = fields.String(required=True, allow_none=True)


class ScoresPage(Page):
    result_id = Id(required=True)


class SupersedeArgs(Strict):
    """Another method over the same sheets makes a new result with its own name; the old one is kept."""

    round_id = Id(required=True)
    name = Text(60, required=True)
    method = Choice(METHODS, required=True)
    drop_high = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 20))
    drop_low = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 20))
    trim_from = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 50))
    decimals = fields.Integer(load_default=2, strict=True, validate=validate.Range(0, 4))
    reason = Reason()


class RecordRow(Strict):
    """A record of a chain: it holds the hash of the one before, and is never changed."""

    chain = fields.String(required=True)
    index = Count()
    kind = fields.String(required=True)
    at = Moment(required=True)
    content = fields.Dict(required=True)
    previous = fields.String(required=True)
    hash = fields.String(required=True)


class RecordPage(Page):
    round_id = Id(required=True)


class LeafRow(Strict):
    """A leaf of a round's root, with the records of its case from the first up to it."""

    case_id = Id(required=True)
    leaf = fields.String(required=True, metadata={"description": "hash of the last of the records"})
    records = fields.List(fields.Nested(RecordRow), required=True)


class Seal(Strict):
    """The root over the last record of each case of a round, by case id (leaves and nodes as in RFC 6962).

    ``signature`` is Ed25519 over the canonical JSON of ``signed``; ``rules`` have the hash that is signed.
    """

    round_id = Id(required=True)
    result_id = Id(required=True, allow_none=True)
    leaves = Count()
    merkle_root = fields.String(required=True)
    recomputed = fields.String(required=True)
    signed = fields.Dict(required=True)
    signature = fields.String(required=True)
    key_id = fields.String(required=True)
    public_key = fields.String(required=True, allow_none=True)
    signature_holds = fields.Boolean(required=True)
    rules = fields.Dict(required=True)
    chains_checked = Count()
    findings = fields.List(fields.Dict(), required=True)


close_round = command(
    "review", "close_round", "Freeze a round and compute its result; a dry run shows ranking, cut and ties.",
    args=RoundArgs, result=JobStarted, roles=STAFF, errors=(NotYet, Unavailable), dry_run=True,
)  # fmt: skip
supersede_result = command(
    "review", "supersede_result", "Compute another named result by another method over the same sheets.",
    args=SupersedeArgs, result=JobStarted, roles=STAFF, errors=(NotYet, Unavailable), dry_run=True,
)  # fmt: skip
list_results = listing(
    "review", "list_results", "The named results of a round, the newest last.",
    args=ResultsPage, item=ResultView, roles=READERS,
)  # fmt: skip
get_result = query("review", "get_result", "One result.", args=ResultArgs, result=ResultView, roles=READERS)
list_scores = listing(
    "review", "list_scores", "The lines of a result, best first.",
    args=ScoresPage, item=ScoreRow, roles=READERS,
)  # fmt: skip
round_record = listing(
    "review", "round_record", "Everything recorded in a round, to verify it elsewhere.",
    args=RecordPage, item=RecordRow, roles=READERS,
)  # fmt: skip
round_leaves = listing(
    "review", "round_leaves", "The leaves of a closed round's root in their order, with the cases' records.",
    args=RecordPage, item=LeafRow, roles=READERS, errors=(NotYet,),
)  # fmt: skip
round_seal = query(
    "review", "round_seal", "The root of a closed round's record, computed again beside the one told.",
    args=RoundArgs, result=Seal, roles=READERS, errors=(NotYet,),
)  # fmt: skip
