"""Units: sign-up, particulars, members, suspension."""

from __future__ import annotations

from marshmallow import fields

from contracts.errors import NotFound, OutsideWindow, TooManyRequests
from contracts.fields import Choice, Id, Moment, Province, Strict, Text, Uscc
from contracts.rpc.method import PUBLIC, Page, command, listing, query
from contracts.rpc.registration.people import READERS, AccountOutcome, AccountRow, Person, Version
from contracts.words import Role, UnitKind, UnitStatus


class RegisterUnitArgs(Strict):
    edition_id = Id(required=True)
    name = Text(120, required=True)
    uscc = Uscc(required=True)
    kind = Choice(UnitKind, required=True)
    province = Province(required=True)
    group_unit = Text(120, load_default=None, allow_none=True)
    recommender = Text(120, load_default=None, allow_none=True)
    contact = fields.Nested(Person, required=True)


class UnitRegisteredOutcome(Strict):
    unit_id = Id(required=True)
    account_id = Id(required=True)


class UpdateUnitArgs(Strict):
    """What is left out stays; ``version`` is the one the change was made from."""

    unit_id = Id(required=True)
    version = Version(required=True)
    name = Text(120)
    kind = Choice(UnitKind)
    province = Province()
    group_unit = Text(120, allow_none=True)
    recommender = Text(120, allow_none=True)
    contact_account = Id()


class UnitArgs(Strict):
    unit_id = Id(required=True)


class ReasonedUnitArgs(UnitArgs):
    reason = Text(500, required=True)


class UnitOutcome(Strict):
    unit_id = Id(required=True)
    version = fields.Integer(required=True)
    status = Choice(UnitStatus, required=True)


class UnitRow(Strict):
    unit_id = Id(required=True)
    name = fields.String(required=True)
    uscc = fields.String(required=True)
    kind = Choice(UnitKind, required=True)
    province = fields.String(required=True)
    group_unit = fields.String(required=True, allow_none=True)
    recommender = fields.String(required=True, allow_none=True)
    status = Choice(UnitStatus, required=True)
    version = fields.Integer(required=True)
    edition_id = Id(required=True, metadata={"description": "the edition it signed up in first"})
    registered_at = Moment(required=True)
    contact_account = Id(required=True)


class UnitListRow(UnitRow):
    """Contact masked."""

    contact_name = fields.String(required=True)
    contact_email = fields.String(required=True)
    contact_phone = fields.String(required=True)


class UnitShown(UnitRow):
    members = fields.List(fields.Nested(AccountRow), required=True)


class ListUnitsArgs(Page):
    status = Choice(UnitStatus, load_default=None, allow_none=True)
    kind = Choice(UnitKind, load_default=None, allow_none=True)
    province = Province(load_default=None, allow_none=True)
    recommender = Text(120, load_default=None, allow_none=True)
    uscc = Uscc(load_default=None, allow_none=True)


class InviteMemberArgs(Strict):
    """``unit_id`` may be left out by an entrant; it is his own."""

    unit_id = Id(load_default=None, allow_none=True)
    person = fields.Nested(Person, required=True)


register_unit = command(
    "registration", "register_unit",
    "Sign a unit up, once for all editions, in an edition's window; its contact is invited by letter.",
    args=RegisterUnitArgs, result=UnitRegisteredOutcome, roles=PUBLIC,
    errors=[NotFound, OutsideWindow, TooManyRequests],
)  # fmt: skip
update_unit = command(
    "registration", "update_unit",
    "Change a unit's particulars or hand its contact over to another member.",
    args=UpdateUnitArgs, result=UnitOutcome, roles=[Role.ENTRANT, Role.SECRETARIAT],
)  # fmt: skip
suspend_unit = command(
    "registration", "suspend_unit",
    "Keep a unit from acting; its members are signed out.",
    args=ReasonedUnitArgs, result=UnitOutcome, roles=[Role.SECRETARIAT],
)  # fmt: skip
reinstate_unit = command(
    "registration", "reinstate_unit",
    "Let a suspended unit act again.",
    args=ReasonedUnitArgs, result=UnitOutcome, roles=[Role.SECRETARIAT],
)  # fmt: skip
get_unit = query(
    "registration", "get_unit",
    "A unit with its members; an entrant sees his own.",
    args=UnitArgs, result=UnitShown, roles=[Role.ENTRANT, *READERS], personal=True,
)  # fmt: skip
list_units = listing(
    "registration", "list_units",
    "Units by status, kind, province, recommender or credit code.",
    args=ListUnitsArgs, item=UnitListRow, roles=READERS,
)  # fmt: skip
invite_member = command(
    "registration", "invite_member",
    "Invite another member of the unit.",
    args=InviteMemberArgs, result=AccountOutcome, roles=[Role.ENTRANT, Role.SECRETARIAT],
)  # fmt: skip
