"""Inviting staff, answering invitations, suspending accounts, and the first operator."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from contracts.errors import Conflict, NotAllowed
from contracts.events import registration as events
from contracts.words import Role
from plumbing.identity.passwords import check_policy, hash_password
from plumbing.store.ids import new_id
from plumbing.store.throttling import count_try
from services.registration import repository
from services.registration.commands.links import find_link, known_of, use_link
from services.registration.commands.told import end_sessions, tell_invited
from services.registration.domain import limits
from services.registration.domain.account import Account, invite, read_person, require_may_invite
from services.registration.domain.expert import Expert
from services.registration.realtime import real_now

Json = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """A link that is still good, and the new password behind it, hashed."""

    link: str
    password: str = ""


def invite_account(tx: Any, args: Json) -> Json:
    """Invite somebody to one of the roles of the contest's own people."""
    role = Role(args["role"])
    require_may_invite(tx.caller.roles, role)
    person = read_person(args["person"], "person")
    account = invite(new_id("acc"), person, role, tx.caller.subject, tx.now)
    repository.save(tx, account)
    tell_invited(tx, account)
    return _outcome(account)


def suspend_account(tx: Any, args: Json) -> Json:
    """Close an account and sign its owner out; nobody locks himself out."""
    account = repository.get(tx, Account, args["account_id"])
    if account.id == tx.caller.subject:
        raise Conflict("不能停用自己的账号。", "Nobody suspends his own account.")
    account.suspend()
    end_sessions(tx, account, "account suspended")
    return _outcome(account)


def reinstate_account(tx: Any, args: Json) -> Json:
    """Open a suspended account again."""
    account = repository.get(tx, Account, args["account_id"])
    account.reinstate()
    repository.save(tx, account)
    return _outcome(account)


def prepare_acceptance(context: Any, args: Json) -> Chosen:
    """Check the link first, so that nobody makes us hash for nothing, then hash the password."""
    count_try(context, limits.LINKS, context.caller.address)
    link = find_link(context, args["secret"], "invitation", real_now())
    check_policy(args["password"], about=known_of(context, link))
    return Chosen(link["_id"], hash_password(context.parts.offload, args["password"]))


def accept_invitation(tx: Any, args: Json, chosen: Chosen) -> Json:
    """Make an invited account its owner's; an expert thereby agrees to judge."""
    account = _answered(tx, chosen)
    account.accept(chosen.password)
    repository.save(tx, account)
    _tell_expert(tx, account, "accept")
    return _outcome(account)


def prepare_decline(context: Any, args: Json) -> Chosen:
    """Check the link."""
    count_try(context, limits.LINKS, context.caller.address)
    return Chosen(find_link(context, args["secret"], "invitation", real_now())["_id"])


def decline_invitation(tx: Any, args: Json, chosen: Chosen) -> Json:
    """Turn an invitation down."""
    account = _answered(tx, chosen)
    account.decline()
    repository.save(tx, account)
    _tell_expert(tx, account, "decline")
    return _outcome(account)


def prepare_bootstrap(context: Any, args: Json) -> str:
    """Compare the installation's secret and hash the first operator's password."""
    count_try(context, limits.BOOTSTRAPS, "all")
    known = context.parts.settings.bootstrap_secret
    if not known or not hmac.compare_digest(known.encode(), args["secret"].encode()):
        raise _no_bootstrap()
    if context.collection("marks").find_one({"_id": "bootstrap"}):
        raise _no_bootstrap()
    check_policy(args["password"], about=[args["person"]["name"], args["person"]["email"]])
    return hash_password(context.parts.offload, args["password"])


def bootstrap_operator(tx: Any, args: Json, password: str) -> Json:
    """Make the first operator, active at once."""
    if tx.collection("marks").find_one({"_id": "bootstrap"}):
        raise _no_bootstrap()
    person = read_person(args["person"], "person")
    account = invite(new_id("acc"), person, Role.OPERATOR, "installation", tx.now)
    account.accept(password)
    tx.collection("marks").insert_one({"_id": "bootstrap", "account_id": account.id, "at": tx.now})
    repository.save(tx, account)
    return _outcome(account)


def _answered(tx: Any, chosen: Chosen) -> Account:
    account: Account = repository.get(tx, Account, use_link(tx, chosen.link, real_now()))
    return account


def _tell_expert(tx: Any, account: Account, answer: str) -> None:
    expert = repository.find(tx, Expert, account.expert_id)
    if expert is not None:
        getattr(expert, answer)()
        repository.save(tx, expert)
        tx.emit(events.ExpertUpdated, expert.id, expert.version, expert.told())


def _outcome(account: Account) -> Json:
    return {"account_id": account.id, "status": account.status}


def _no_bootstrap() -> NotAllowed:
    # one answer for a wrong secret, no secret and a second time: it tells a guesser nothing
    return NotAllowed("不能创建首个管理员账号。", "The first operator cannot be made with this.")
