"""Objects as the methods show them; mail and phone whole only to who may reach the person."""

from __future__ import annotations

from typing import Any

from services.registration.domain.account import Account
from services.registration.domain.contacts import mask_email, mask_phone
from services.registration.domain.expert import PARTICULARS, Expert
from services.registration.domain.unit import Unit

Json = dict[str, Any]


def show_account(account: Account, *, whole: bool) -> Json:
    """Return an account; masked unless ``whole``."""
    return {
        "account_id": account.id, "name": account.name, **show_contact(account, whole=whole),
        "language": account.language, "roles": account.roles, "status": account.status,
        "unit_id": account.unit_id, "expert_id": account.expert_id,
    }  # fmt: skip


def show_contact(account: Account | None, *, whole: bool) -> Json:
    """Return mail and phone; masked unless ``whole``, empty where the account is gone."""
    if account is None:
        return {"email": "", "phone": ""}
    if whole:
        return {"email": account.email, "phone": account.phone}
    return {"email": mask_email(account.email), "phone": mask_phone(account.phone)}


def show_unit(unit: Unit) -> Json:
    """Return a unit without its people."""
    return {
        "unit_id": unit.id, "name": unit.name, "uscc": unit.uscc, "kind": unit.kind,
        "province": unit.province,
        "group_unit": unit.group_unit, "recommender": unit.recommender, "status": unit.status,
        "version": unit.version, "edition_id": unit.edition_id, "registered_at": unit.registered_at,
        "contact_account": unit.contact_account,
    }  # fmt: skip


def show_expert(expert: Expert, account: Account | None, *, whole: bool) -> Json:
    """Return an expert with his contact; masked unless ``whole``."""
    return {
        "expert_id": expert.id, "account_id": expert.account_id, "name": account.name if account else "",
        **show_contact(account, whole=whole), **{name: getattr(expert, name) for name in PARTICULARS},
        "status": expert.status, "version": expert.version,
    }  # fmt: skip
