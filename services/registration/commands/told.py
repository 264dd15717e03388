"""What several commands tell of an account."""

from __future__ import annotations

from typing import Any

from contracts.events import registration as events
from services.registration import repository
from services.registration.domain.account import Account
from services.registration.realtime import real_now


def tell_invited(tx: Any, account: Account) -> None:
    """Tell that somebody was invited, so that he gets his letter."""
    tx.emit(
        events.AccountInvited, account.id, account.version,
        {
            "account_id": account.id, "role": account.roles[0], "unit_id": account.unit_id,
            "expert_id": account.expert_id, "invited_by": account.invited_by,
        },
    )  # fmt: skip


def end_sessions(tx: Any, account: Account, why: str) -> None:
    """End every session of an account, save it, and tell the services to refuse its older tokens."""
    revoked_at = real_now()
    account.revoke_sessions(revoked_at)
    repository.save(tx, account)
    tx.collection("sessions").update_many(
        {"account_id": account.id, "ended": None}, {"$set": {"ended": why}, "$inc": {"version": 1}}
    )
    told = {"account_id": account.id, "revoked_at": revoked_at}
    tx.emit(events.SessionsRevoked, account.id, account.version, told)
