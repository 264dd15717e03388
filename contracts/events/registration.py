"""What the registration service tells: editions, units, experts, accounts. No persons' names or addresses."""

from marshmallow import fields, validate

from contracts.events.kinds import event
from contracts.fields import Choice, Id, Many, Moment, Province, Strict, Text, Uscc
from contracts.words import Audience, ExpertStatus, Role, UnitKind, UnitStatus


class EditionData(Strict):
    edition_id = Id(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    edition = fields.Dict(required=True, metadata={"description": "the whole rules: see contracts/edition"})


class ScheduleMovedData(Strict):
    edition_id = Id(required=True)
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    window = Id(required=True)
    old_opens_at = Moment(required=True)
    old_closes_at = Moment(required=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)
    reason = Text(500, required=True)


class UnitData(Strict):
    unit_id = Id(required=True)
    name = Text(120, required=True)
    uscc = Uscc(required=True)
    kind = Choice(UnitKind, required=True)
    province = Province(required=True)
    group_unit = Text(120, required=True, allow_none=True)
    recommender = Text(120, required=True, allow_none=True)
    status = Choice(UnitStatus, required=True)
    contact_account = Id(required=True)


class UnitSuspendedData(UnitData):
    reason = Text(500, required=True)


class PastEmployer(Strict):
    name = Text(120, required=True)
    until_year = fields.Integer(required=True, strict=True, validate=validate.Range(1950, 2200))


class ExpertData(Strict):
    """An expert as judging needs him: what he knows and whom he must not judge; no name, no contact."""

    expert_id = Id(required=True)
    account_id = Id(required=True)
    employer = Text(120, required=True)
    employer_uscc = Uscc(required=True, allow_none=True)
    group_unit = Text(120, required=True, allow_none=True)
    province = Province(required=True)
    past_employers = Many(PastEmployer, 20, required=True)
    tracks = Many(Id(), 50, required=True)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, 500))
    status = Choice(ExpertStatus, required=True)


class ExpertSuspendedData(ExpertData):
    reason = Text(500, required=True)


class AccountInvitedData(Strict):
    account_id = Id(required=True)
    role = Choice(Role, required=True)
    unit_id = Id(required=True, allow_none=True)
    expert_id = Id(required=True, allow_none=True)
    invited_by = Id(required=True)


class PasswordResetRequestedData(Strict):
    account_id = Id(required=True)


class SessionsRevokedData(Strict):
    account_id = Id(required=True)
    revoked_at = Moment(required=True)


class PersonalDataErasedData(Strict):
    account_id = Id(required=True)
    erased_at = Moment(required=True)


EditionPublished = event(
    "registration", "EditionPublished", "An edition's rules and dates, whole: the only source of dates.",
    audience=Audience.PUBLIC, subject="edition", data=EditionData, copies=True,
)  # fmt: skip
ScheduleMoved = event(
    "registration", "ScheduleMoved", "One window of an edition was moved; letters are made from it.",
    audience=Audience.PUBLIC, subject="edition", data=ScheduleMovedData,
)  # fmt: skip
UnitRegistered = event(
    "registration", "UnitRegistered", "A unit signed up.",
    audience=Audience.PARTNER, subject="unit", data=UnitData, copies=True,
)  # fmt: skip
UnitUpdated = event(
    "registration", "UnitUpdated", "A unit's particulars changed.",
    audience=Audience.PARTNER, subject="unit", data=UnitData, copies=True,
)  # fmt: skip
UnitSuspended = event(
    "registration", "UnitSuspended", "A unit may not act any more.",
    audience=Audience.INTERNAL, subject="unit", data=UnitSuspendedData, copies=True,
)  # fmt: skip
ExpertEnrolled = event(
    "registration", "ExpertEnrolled", "An expert was entered in the pool.",
    audience=Audience.INTERNAL, subject="expert", data=ExpertData, copies=True,
)  # fmt: skip
ExpertUpdated = event(
    "registration", "ExpertUpdated", "An expert's particulars changed, his acceptance included.",
    audience=Audience.INTERNAL, subject="expert", data=ExpertData, copies=True,
)  # fmt: skip
ExpertSuspended = event(
    "registration", "ExpertSuspended", "An expert may not judge any more.",
    audience=Audience.INTERNAL, subject="expert", data=ExpertSuspendedData, copies=True,
)  # fmt: skip
AccountInvited = event(
    "registration", "AccountInvited", "Somebody was invited; his letter carries a one-time link.",
    audience=Audience.INTERNAL, subject="account", data=AccountInvitedData,
)  # fmt: skip
SessionsRevoked = event(
    "registration", "SessionsRevoked", "Every session of an account ended; older tokens are refused.",
    audience=Audience.INTERNAL, subject="account", data=SessionsRevokedData,
)  # fmt: skip
PasswordResetRequested = event(
    "registration", "PasswordResetRequested",
    "Somebody forgot his password; his letter carries a one-time link.",
    audience=Audience.INTERNAL, subject="account", data=PasswordResetRequestedData,
)  # fmt: skip
PersonalDataErased = event(
    "registration", "PersonalDataErased", "A person was erased; every service blanks what it keeps of him.",
    audience=Audience.INTERNAL, subject="account", data=PersonalDataErasedData,
)  # fmt: skip
