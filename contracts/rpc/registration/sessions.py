"""Sessions: sign-in, rotating refresh tokens, revocation, forgotten passwords."""

from __future__ import annotations

from marshmallow import fields

from contracts.errors import NotFound, NotSignedIn, TooManyRequests
from contracts.fields import Choice, Id, Strict, Text
from contracts.rpc.method import PUBLIC, command
from contracts.rpc.registration.accounts import AcceptInvitationArgs
from contracts.rpc.registration.people import EVERYBODY, AccountOutcome, Email, Password
from contracts.rpc.shared import Nothing
from contracts.words import Role


class SignInArgs(Strict):
    email = Email(required=True)
    password = Password(1, required=True, metadata={"secret": True})


class RefreshArgs(Strict):
    refresh_token = Text(200, required=True, metadata={"secret": True})


class SessionTokens(Strict):
    """An access token for the header, and the one refresh token that buys the next pair; times in seconds."""

    access_token = fields.String(required=True, metadata={"secret": True})
    expires_in = fields.Integer(required=True)
    refresh_token = fields.String(required=True, metadata={"secret": True})
    refresh_expires_in = fields.Integer(required=True)
    account_id = Id(required=True)
    roles = fields.List(Choice(Role), required=True)


class RevokeSessionsArgs(Strict):
    """Without ``account_id``: the caller's own."""

    account_id = Id(load_default=None, allow_none=True)


class EmailArgs(Strict):
    email = Email(required=True)


sign_in = command(
    "registration", "sign_in",
    "Sign in; an unknown address is answered like a wrong password, as slowly.",
    args=SignInArgs, result=SessionTokens, roles=PUBLIC, errors=[NotSignedIn, TooManyRequests],
)  # fmt: skip
refresh_session = command(
    "registration", "refresh_session",
    "Buy the next pair of tokens; a refresh token seen twice ends the whole session.",
    args=RefreshArgs, result=SessionTokens, roles=PUBLIC, errors=[NotSignedIn, TooManyRequests],
)  # fmt: skip
sign_out = command(
    "registration", "sign_out",
    "End the session of a refresh token; an unknown one is answered alike.",
    args=RefreshArgs, result=Nothing, roles=PUBLIC,
)  # fmt: skip
revoke_sessions = command(
    "registration", "revoke_sessions",
    "End all sessions of an account: one's own, or as an operator anybody's.",
    args=RevokeSessionsArgs, result=AccountOutcome, roles=EVERYBODY,
)  # fmt: skip
request_password_reset = command(
    "registration", "request_password_reset",
    "Ask for a letter with a reset link, or the open invitation again; whether one is sent stays untold.",
    args=EmailArgs, result=Nothing, roles=PUBLIC, errors=[TooManyRequests],
)  # fmt: skip
reset_password = command(
    "registration", "reset_password",
    "Choose a new password with the letter's one-time secret; ends all sessions.",
    args=AcceptInvitationArgs, result=AccountOutcome, roles=PUBLIC, errors=[NotFound, TooManyRequests],
)  # fmt: skip
