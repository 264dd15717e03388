"""One-time links of letters: made when the letter is sent, known only by the SHA-256 of their secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.errors import Conflict, NotAllowed, NotFound
from plumbing.identity.secrets import hash_secret, new_secret
from services.registration import repository
from services.registration.domain.account import Account
from services.registration.realtime import real_now
from services.registration.rights import SENDER

LIVES = {"invitation": timedelta(days=30), "reset": timedelta(hours=2)}
STATUS = {"invitation": "invited", "reset": "active"}

Json = dict[str, Any]


def prepare_link(context: Any, args: Json) -> tuple[str, str]:
    """Draw the secret outside the transaction, whose body may run again."""
    secret, digest = new_secret()
    return f"{context.parts.settings.site_url}/{args['purpose']}/{secret}", digest


def letter_link(tx: Any, args: Json, facts: tuple[str, str]) -> Json:
    """Make a link for an account that waits for one; earlier ones of the same purpose end."""
    if tx.caller.subject != SENDER:
        raise NotAllowed("只有信件服务可以生成链接。", "Only the service that sends letters makes links.")
    url, digest = facts
    account = repository.get(tx, Account, args["account_id"])
    purpose = args["purpose"]
    if account.status != STATUS[purpose]:
        raise Conflict("账号不需要这种链接。", "The account needs no such link.", status=account.status)
    now = real_now()
    tx.collection("links").delete_many({"account_id": account.id, "purpose": purpose})
    expires_at = now + LIVES[purpose]
    row = {"account_id": account.id, "purpose": purpose, "made_at": now, "expires_at": expires_at}
    tx.collection("links").insert_one({"_id": digest, **row})
    return {"url": url, "expires_at": expires_at}


def find_link(at: Any, secret: str, purpose: str, now: datetime) -> Json:
    """Return the link of a secret; NotFound for one that is unknown, used, replaced or too old."""
    row: Json | None = at.collection("links").find_one({"_id": hash_secret(secret), "purpose": purpose})
    if row is None or row["expires_at"] <= now:
        raise _no_link()
    return row


def known_of(at: Any, link: Json) -> list[str]:
    """Return what others may know of a link's owner: his password must not be made of it."""
    row: Json = at.collection("accounts").find_one({"_id": link["account_id"]}, {"name": 1, "email": 1}) or {}
    return [row.get("name", ""), row.get("email", "")]


def use_link(tx: Any, digest: str, now: datetime) -> str:
    """Use a link up and return its account; NotFound when somebody was faster."""
    row = tx.collection("links").find_one_and_delete({"_id": digest, "expires_at": {"$gt": now}})
    if row is None:
        raise _no_link()
    account_id: str = row["account_id"]
    return account_id


def _no_link() -> NotFound:
    return NotFound("链接无效、已使用或已过期。", "The link is not valid, was used, or is too old.")
