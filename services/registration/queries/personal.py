"""A person's copy of his data."""

from __future__ import annotations

from typing import Any

from services.registration import repository
from services.registration.domain.account import Account
from services.registration.personal import gather

Json = dict[str, Any]


def export_personal_data(view: Any, args: Json) -> Json:
    """Return everything that all services keep of a person."""
    account = repository.get(view, Account, args["account_id"])
    return {"account_id": account.id, "made_at": view.now, "parts": gather(view, account.id)}
