"""Persons and accounts as several methods of registration speak of them."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from contracts.fields import Choice, Id, Strict, Text
from contracts.words import Role

LANGUAGES: Final = ("zh", "en")
ACCOUNT_STATUSES: Final = ("invited", "active", "declined", "suspended", "erased")
STAFF: Final = (Role.SECRETARIAT, Role.OPERATOR)
READERS: Final = (*STAFF, Role.AUDITOR)
EVERYBODY: Final = tuple(role for role in Role if role is not Role.SERVICE)


class Email(fields.Email):
    """A mail address of 3..254 characters; whether a domain could exist is checked by the command."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(3, 254), **kwargs)


class Version(fields.Integer):
    """The version of the object that a change was made from; a stale one is a Conflict."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(1, 10**9), **kwargs)


class Password(fields.String):
    """A new password; 10..128 characters, not trimmed."""

    def __init__(self, least: int = 10, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(least, 128), **kwargs)


class Person(Strict):
    """Somebody to be reached; ``phone`` as written in China or with +country code, kept as E.164."""

    name = Text(60, required=True)
    email = Email(required=True)
    phone = Text(24, required=True)
    language = Choice(LANGUAGES, load_default="zh")


class AccountRow(Strict):
    """Mail and phone are masked unless the reader may reach the person."""

    account_id = Id(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    phone = fields.String(required=True)
    language = Choice(LANGUAGES, required=True)
    roles = fields.List(Choice(Role), required=True)
    status = Choice(ACCOUNT_STATUSES, required=True)
    unit_id = Id(required=True, allow_none=True)
    expert_id = Id(required=True, allow_none=True)


class AccountOutcome(Strict):
    account_id = Id(required=True)
    status = Choice(ACCOUNT_STATUSES, required=True)


class AccountArgs(Strict):
    account_id = Id(required=True)


class ReasonedAccountArgs(AccountArgs):
    reason = Text(500, required=True)


