"""Accounts: invitation, acceptance, suspension, and what letters need to know of them."""

from __future__ import annotations

from typing import Final

from marshmallow import fields

from contracts.errors import NotAllowed, NotFound, NotYet, TooManyRequests
from contracts.fields import Choice, Id, Moment, Strict, Text
from contracts.rpc.method import PUBLIC, Page, command, listing, query
from contracts.rpc.registration.people import (
    ACCOUNT_STATUSES,
    EVERYBODY,
    LANGUAGES,
    READERS,
    STAFF,
    AccountArgs,
    AccountOutcome,
    AccountRow,
    Password,
    Person,
    ReasonedAccountArgs,
)
from contracts.rpc.shared import Nothing
from contracts.words import Role

INVITABLE: Final = (Role.RECOMMENDER, Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR)
LINKS: Final = ("invitation", "reset")


class InviteAccountArgs(Strict):
    role = Choice(INVITABLE, required=True)
    person = fields.Nested(Person, required=True)


class ListAccountsArgs(Page):
    role = Choice(Role, load_default=None, allow_none=True)
    status = Choice(ACCOUNT_STATUSES, load_default=None, allow_none=True)


class AcceptInvitationArgs(Strict):
    """``secret`` is the last part of the link in the letter; it works once."""

    secret = Text(200, required=True, metadata={"secret": True})
    password = Password(required=True, metadata={"secret": True})


class DeclineInvitationArgs(Strict):
    secret = Text(200, required=True, metadata={"secret": True})


class BootstrapArgs(Strict):
    secret = Text(400, required=True, metadata={"secret": True})
    person = fields.Nested(Person, required=True)
    password = Password(required=True, metadata={"secret": True})


class Recipient(Strict):
    account_id = Id(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    language = Choice(LANGUAGES, required=True)


class LetterLinkArgs(Strict):
    account_id = Id(required=True)
    purpose = Choice(LINKS, required=True)


class LetterLink(Strict):
    """A link with a one-time secret, for this letter only; only the secret's SHA-256 is kept."""

    url = fields.String(required=True, metadata={"secret": True})
    expires_at = Moment(required=True)


invite_account = command(
    "registration", "invite_account",
    "Invite staff, a recommender or an auditor; operators only by operators.",
    args=InviteAccountArgs, result=AccountOutcome, roles=STAFF,
)  # fmt: skip
list_accounts = listing(
    "registration", "list_accounts",
    "Accounts by role and status.",
    args=ListAccountsArgs, item=AccountRow, roles=READERS,
)  # fmt: skip
suspend_account = command(
    "registration", "suspend_account",
    "Close an account to its owner and sign him out.",
    args=ReasonedAccountArgs, result=AccountOutcome, roles=[Role.OPERATOR],
)  # fmt: skip
reinstate_account = command(
    "registration", "reinstate_account",
    "Open a suspended account again.",
    args=ReasonedAccountArgs, result=AccountOutcome, roles=[Role.OPERATOR],
)  # fmt: skip
accept_invitation = command(
    "registration", "accept_invitation",
    "Take up an invitation with its one-time secret and choose a password.",
    args=AcceptInvitationArgs, result=AccountOutcome, roles=PUBLIC, errors=[NotFound, TooManyRequests],
)  # fmt: skip
decline_invitation = command(
    "registration", "decline_invitation",
    "Decline an invitation with its one-time secret.",
    args=DeclineInvitationArgs, result=AccountOutcome, roles=PUBLIC, errors=[NotFound, TooManyRequests],
)  # fmt: skip
bootstrap_operator = command(
    "registration", "bootstrap_operator",
    "Make the first operator with the installation's secret; works once.",
    args=BootstrapArgs, result=AccountOutcome, roles=PUBLIC, errors=[NotAllowed, TooManyRequests],
)  # fmt: skip
who_am_i = query(
    "registration", "who_am_i",
    "The caller's own account.", args=Nothing, result=AccountRow, roles=EVERYBODY,
)  # fmt: skip
letter_recipient = query(
    "registration", "letter_recipient",
    "Whom a letter goes to, asked at the moment of sending.",
    args=AccountArgs, result=Recipient, roles=[Role.SERVICE], personal=True,
)  # fmt: skip
letter_link = command(
    "registration", "letter_link",
    "Make the one-time link of a letter at the moment of sending.",
    args=LetterLinkArgs, result=LetterLink, roles=[Role.SERVICE], errors=[NotYet],
)  # fmt: skip
