"""A person's rights over his data: a copy of all of it, and its erasure."""

from __future__ import annotations

from marshmallow import fields

from contracts.errors import Unavailable
from contracts.fields import Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.common_shapes import MOST_PERSONAL, PersonalRecord
from contracts.rpc.method import command, query
from contracts.rpc.registration.people import ReasonedAccountArgs, Version
from contracts.words import SERVICES, Role


class ServicePart(Strict):
    service = Choice(SERVICES, required=True)
    records = Many(PersonalRecord, MOST_PERSONAL, required=True)
    truncated = fields.Boolean(required=True)


class PersonalExport(Strict):
    """Everything that any service keeps under the account; password and token hashes are left out."""

    account_id = Id(required=True)
    made_at = Moment(required=True)
    parts = Many(ServicePart, len(SERVICES), required=True)


class ErasePersonalArgs(ReasonedAccountArgs):
    """``version`` is the one a dry run showed: nobody is erased unseen. Only a dry run may leave it out."""

    version = Version(load_default=None, allow_none=True)


class ErasedRow(Strict):
    service = Choice(SERVICES, required=True)
    collection = Text(80, required=True)
    rows = fields.Integer(required=True)


class ErasedOutcome(Strict):
    """``rows`` is what the services kept just before; the other services blank theirs moments later."""

    account_id = Id(required=True)
    version = fields.Integer(required=True)
    rows = Many(ErasedRow, required=True)


export_personal_data = query(
    "registration", "export_personal_data",
    "Everything that all services keep of a person, for him who asked for it.",
    args=ReasonedAccountArgs, result=PersonalExport, roles=[Role.OPERATOR], personal=True,
    errors=[Unavailable],
)  # fmt: skip
erase_personal_data = command(
    "registration", "erase_personal_data",
    "Erase a person for good: first a dry run that shows what is kept, then the run that names its version.",
    args=ErasePersonalArgs, result=ErasedOutcome, roles=[Role.OPERATOR], dry_run=True, errors=[Unavailable],
)  # fmt: skip
