"""Signing in and out, renewing and ending sessions, forgotten passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.errors import Conflict, NotAllowed, NotSignedIn
from contracts.events import registration as events
from contracts.words import ExpertStatus, Role, UnitStatus
from plumbing.identity.passwords import check_policy, hash_password, verify_password
from plumbing.identity.secrets import hash_secret, new_secret
from plumbing.store.ids import new_id
from plumbing.store.throttling import count_try, throttle_id
from services.registration import repository
from services.registration.commands.accounts import Chosen
from services.registration.commands.links import find_link, known_of, use_link
from services.registration.commands.told import end_sessions, tell_invited
from services.registration.domain import limits
from services.registration.domain.account import Account
from services.registration.domain.contacts import email_key
from services.registration.domain.expert import Expert
from services.registration.domain.session import ACCESS_SECONDS, Presented, Session
from services.registration.domain.unit import Unit
from services.registration.realtime import real_now

Json = dict[str, Any]


@dataclass(frozen=True)
class Entering:
    """What was found out before the transaction: who, whether the password is right, the next token."""

    account_id: str | None
    verified: str | None
    """The hashed password that was found to be right."""
    rehashed: str | None
    secret: str
    digest: str
    tokens: Any


def count_sign_in(context: Any, args: Json) -> None:
    """Count the try, be it a repeat or not: what a repeat is answered tells whether the password is right."""
    key, address = email_key(args["email"]), context.caller.address
    count_try(context, limits.ADDRESS, address)
    count_try(context, limits.ACCOUNT_FROM_ADDRESS, f"{key}|{address}")
    count_try(context, limits.ACCOUNT, key)


def prepare_sign_in(context: Any, args: Json) -> Entering:
    """Check the password; an unknown account costs the same work."""
    key = email_key(args["email"])
    account = repository.find_account_by_email(context, key)
    kept = account.password if account and account.status == "active" else None
    offload = context.parts.offload
    right, old = verify_password(offload, kept, args["password"])
    rehashed = hash_password(offload, args["password"]) if right and old else None
    secret, digest = new_secret()
    account_id = account.id if account else None
    return Entering(account_id, kept if right else None, rehashed, secret, digest, context.parts.tokens)


def sign_in(tx: Any, args: Json, entering: Entering) -> Json:
    """Begin a session, where the password that was checked is still the one that counts."""
    account = repository.find(tx, Account, entering.account_id)
    if account is None or not account.opens_to(entering.verified):
        raise NotSignedIn("电子邮箱或密码不正确。", "Address or password is wrong.")
    _require_in_good_standing(tx, account)
    if entering.rehashed:
        account.change_password(entering.rehashed)
        repository.save(tx, account)
    else:
        repository.hold_account(tx, account)
    _forget_tries(tx, email_key(args["email"]))
    now = real_now()
    session = Session(
        id=new_id("ses"), account_id=account.id, current=entering.digest, started_at=now, renewed_at=now
    )
    repository.save(tx, session)
    return _tokens(session, account, entering, now)


def count_refresh(context: Any, args: Json) -> None:
    """Count the try, be it a repeat or not."""
    count_try(context, limits.REFRESHES, _read_token(args["refresh_token"])[0])


def prepare_refresh(context: Any, args: Json) -> Entering:
    """Find out whether the token was stolen: ending the session must stay although the call is refused."""
    session_id, digest = _read_token(args["refresh_token"])
    session = repository.find(context, Session, session_id)
    if session and session.judge(digest, real_now()) is Presented.STOLEN:
        context.transact("session_reuse", lambda tx: _end_stolen(tx, session_id, digest))
        raise _over()
    secret, following = new_secret()
    return Entering(None, None, None, secret, following, context.parts.tokens)


def refresh_session(tx: Any, args: Json, entering: Entering) -> Json:
    """Replace the good refresh token by the next one."""
    session_id, digest = _read_token(args["refresh_token"])
    session = repository.find(tx, Session, session_id)
    now = real_now()
    if session is None:
        raise _over()
    found = session.judge(digest, now)
    if found is Presented.JUST_REPLACED:
        raise Conflict("令牌刚刚更新过，请使用新的令牌。", "The token was just replaced; use the new one.")
    account = repository.find(tx, Account, session.account_id)
    if found is not Presented.GOOD or account is None or account.status != "active":
        raise _over()
    _require_in_good_standing(tx, account)
    session.renew(entering.digest, now)
    repository.save(tx, session)
    return _tokens(session, account, entering, now)


def sign_out(tx: Any, args: Json) -> Json:
    """End the session of a refresh token; whoever holds none learns nothing."""
    session_id, digest = _read_token(args["refresh_token"])
    session = repository.find(tx, Session, session_id)
    if session and session.judge(digest, real_now()) is Presented.GOOD:
        session.end("signed out")
        repository.save(tx, session)
    return {}


def revoke_sessions(tx: Any, args: Json) -> Json:
    """End all sessions of an account."""
    account_id = args["account_id"] or tx.caller.subject
    if account_id != tx.caller.subject and not tx.caller.has(Role.OPERATOR):
        raise NotAllowed("只能结束自己的会话。", "Only one's own sessions.")
    account = repository.get(tx, Account, account_id)
    end_sessions(tx, account, "revoked")
    return {"account_id": account.id, "status": account.status}


def count_reset(context: Any, args: Json) -> None:
    """Keep anybody from filling somebody's mailbox."""
    count_try(context, limits.RESETS_FROM_ADDRESS, context.caller.address)
    count_try(context, limits.RESETS, email_key(args["email"]))


def request_password_reset(tx: Any, args: Json, facts: None) -> Json:
    """Have a letter with a link sent, where there is an active account; the answer is the same.

    Who has not accepted his invitation gets that again: its letter may be lost, or its link too old.
    """
    account = repository.find_account_by_email(tx, email_key(args["email"]))
    if account and account.status == "invited":
        tell_invited(tx, account)
    if account and account.status == "active":
        tx.emit(events.PasswordResetRequested, account.id, account.version, {"account_id": account.id})
    return {}


def prepare_reset(context: Any, args: Json) -> Chosen:
    """Check the link first, then hash the new password."""
    count_try(context, limits.LINKS, context.caller.address)
    link = find_link(context, args["secret"], "reset", real_now())
    check_policy(args["password"], about=known_of(context, link))
    return Chosen(link["_id"], hash_password(context.parts.offload, args["password"]))


def reset_password(tx: Any, args: Json, chosen: Chosen) -> Json:
    """Choose a new password; whoever knew the old one is out."""
    account = repository.get(tx, Account, use_link(tx, chosen.link, real_now()))
    account.change_password(chosen.password)
    end_sessions(tx, account, "password reset")
    _forget_tries(tx, account.email_key)
    return {"account_id": account.id, "status": account.status}


def _end_stolen(tx: Any, session_id: str, digest: str) -> None:
    # judged again: two replicas may see the same stolen token
    session = repository.get(tx, Session, session_id)
    if session.judge(digest, real_now()) is Presented.STOLEN:
        end_sessions(tx, repository.get(tx, Account, session.account_id), "refresh token used twice")


def _require_in_good_standing(tx: Any, account: Account) -> None:
    unit = repository.find(tx, Unit, account.unit_id)
    expert = repository.find(tx, Expert, account.expert_id)
    if (unit and unit.status == UnitStatus.SUSPENDED) or (expert and expert.status == ExpertStatus.SUSPENDED):
        raise NotAllowed("账号所属单位或专家资格已被暂停，请联系秘书处。",
                         "The unit or the expert is suspended; ask the secretariat.")  # fmt: skip


def _forget_tries(tx: Any, key: str) -> None:
    tx.collection("throttles").delete_one({"_id": throttle_id(limits.ACCOUNT, key)})


def _tokens(session: Session, account: Account, entering: Entering, now: datetime) -> Json:
    access = entering.tokens.sign_user(
        account.id, [Role(role) for role in account.roles],
        unit_id=account.unit_id, expert_id=account.expert_id, seconds=ACCESS_SECONDS,
    )  # fmt: skip
    return {
        "access_token": access,
        "expires_in": ACCESS_SECONDS,
        "refresh_token": f"{session.id}.{entering.secret}",
        "refresh_expires_in": int((session.expires_at - now).total_seconds()),
        "account_id": account.id,
        "roles": account.roles,
    }


def _read_token(token: str) -> tuple[str, str]:
    session_id, _, secret = token.partition(".")
    return session_id, hash_secret(secret)


def _over() -> NotSignedIn:
    return NotSignedIn("登录已失效，请重新登录。", "You are not signed in any more; sign in again.")
