"""What the review service tells: qualification, formal review, rounds. No expert's name beside a score."""

from marshmallow import fields, validate

from contracts.events.kinds import EventType, event
from contracts.fields import Choice, Id, Many, Moment, Score, Strict, Text
from contracts.words import Audience, Outcome, StageKind

HASH = validate.Regexp(r"[0-9a-f]{64}")


class ReasonGiven(Strict):
    """A reason code of the edition, with what is to be said to it in this case."""

    code = Id(required=True)
    note = Text(1000, empty=True, load_default="")


class QualificationData(Strict):
    unit_id = Id(required=True)
    edition_id = Id(required=True)
    contact_account = Id(required=True)
    decided_at = Moment(required=True)


class QualificationRejectedData(QualificationData):
    reasons = Many(ReasonGiven, 20, 1, required=True)


class QualificationReturnedData(QualificationRejectedData):
    due_at = Moment(required=True)


class CaseRefData(Strict):
    case_id = Id(required=True)
    edition_id = Id(required=True)
    unit_id = Id(required=True)
    track = Id(required=True)
    contact_account = Id(required=True)


class CaseReturnedData(CaseRefData):
    reasons = Many(ReasonGiven, 20, 1, required=True)
    due_at = Moment(required=True)


class FormalReviewFailedData(CaseRefData):
    reasons = Many(ReasonGiven, 20, 1, required=True)


class CaseDisqualifiedData(CaseRefData):
    reasons = Many(ReasonGiven, 20, 1, required=True)


class CaseReinstatedData(CaseRefData):
    reason = Text(500, required=True)


class RoundOpenedData(Strict):
    round_id = Id(required=True)
    edition_id = Id(required=True)
    edition_version = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    stage = Id(required=True)
    kind = Choice(StageKind, required=True)
    track = Id(required=True, allow_none=True)
    cases = fields.Integer(required=True, strict=True, validate=validate.Range(0))


class ExpertsAssignedData(Strict):
    """One expert's share of one run of assignment."""

    round_id = Id(required=True)
    edition_id = Id(required=True)
    stage = Id(required=True)
    track = Id(required=True, allow_none=True)
    expert_id = Id(required=True)
    account_id = Id(required=True)
    assignments = Many(Id(), 500, 1, required=True)


class ExpertRecusedData(Strict):
    assignment_id = Id(required=True)
    round_id = Id(required=True)
    case_id = Id(required=True)
    expert_id = Id(required=True)
    ground = Id(required=True)


class ScoreSubmittedData(Strict):
    assignment_id = Id(required=True)
    round_id = Id(required=True)
    case_id = Id(required=True)
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    sheet_hash = fields.String(required=True, validate=HASH)


class RoundScoredData(Strict):
    """What a named result of a round says of one case."""

    result_id = Id(required=True)
    round_id = Id(required=True)
    edition_id = Id(required=True)
    stage = Id(required=True)
    kind = Choice(StageKind, required=True)
    track = Id(required=True)
    case_id = Id(required=True)
    unit_id = Id(required=True)
    method = Id(required=True)
    score = Score(required=True)
    rank = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    tied = fields.Boolean(required=True)
    outcome = Choice(Outcome, required=True)
    sheets = fields.Integer(required=True, strict=True, validate=validate.Range(0))


class RoundClosedData(Strict):
    """``signature``: Ed25519 by review's key ``key_id``; docs/verification.md says over what. Since 1.1."""

    result_id = Id(required=True)
    round_id = Id(required=True)
    edition_id = Id(required=True)
    stage = Id(required=True)
    kind = Choice(StageKind, required=True)
    track = Id(required=True, allow_none=True)
    cases = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    sheets = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    advanced = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    merkle_root = fields.String(required=True, validate=HASH)
    closed_at = Moment(required=True)
    rules_hash = fields.String(validate=HASH)
    key_id = fields.String()
    signature = fields.String(validate=validate.Regexp(r"[0-9a-f]{128}"))


class ResultSupersededData(Strict):
    round_id = Id(required=True)
    edition_id = Id(required=True)
    old_result_id = Id(required=True)
    new_result_id = Id(required=True)
    reason = Text(500, required=True)


def _internal(
    name: str, subject: str, summary: str, data: type[Strict], copies: bool = False, minor: int = 0
) -> EventType:
    return event(
        "review", name, summary, audience=Audience.INTERNAL, subject=subject, data=data, copies=copies,
        minor=minor,
    )  # fmt: skip


QualificationPassed = event(
    "review", "QualificationPassed", "A unit may take part in the edition with all its cases.",
    audience=Audience.PARTNER, subject="qualification", data=QualificationData,
)  # fmt: skip
QualificationRejected = _internal(
    "QualificationRejected", "qualification", "A unit may not take part.", QualificationRejectedData)
QualificationReturned = _internal(
    "QualificationReturned", "qualification", "A unit must correct its papers by a date.",
    QualificationReturnedData)  # fmt: skip
CaseReturned = _internal("CaseReturned", "case", "A case must be corrected by a date.", CaseReturnedData)
FormalReviewPassed = _internal("FormalReviewPassed", "case", "A case's materials are in order.", CaseRefData)
FormalReviewFailed = _internal(
    "FormalReviewFailed", "case", "A case's materials are not in order.", FormalReviewFailedData)
CaseDisqualified = _internal(
    "CaseDisqualified", "case", "A case was knocked out, confirmed by a second person.", CaseDisqualifiedData)
CaseReinstated = _internal("CaseReinstated", "case", "A disqualification was lifted.", CaseReinstatedData)
RoundOpened = _internal(
    "RoundOpened", "round", "A round began, pinned to an edition's version.", RoundOpenedData)
ExpertsAssigned = _internal(
    "ExpertsAssigned", "assignment run and expert", "An expert was given cases.", ExpertsAssignedData)
ExpertRecused = _internal(
    "ExpertRecused", "assignment", "An expert will not judge a case.", ExpertRecusedData)
ScoreSubmitted = _internal("ScoreSubmitted", "assignment", "A score sheet was handed in.", ScoreSubmittedData)
RoundScored = _internal(
    "RoundScored", "result and case", "A case's score, rank and outcome in a round.", RoundScoredData, True)
RoundClosed = _internal(
    "RoundClosed", "round", "A round is closed: counts to check, signed root of its record.", RoundClosedData,
    minor=1)  # fmt: skip
ResultSuperseded = _internal(
    "ResultSuperseded", "round", "A new named result replaces an older one.", ResultSupersededData)
