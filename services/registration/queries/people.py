"""Units, accounts and experts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.errors import NotAllowed
from contracts.words import Role
from plumbing.store.paging import page
from services.registration import repository
from services.registration.domain.account import Account
from services.registration.domain.expert import Expert
from services.registration.domain.unit import Unit
from services.registration.queries.shapes import show_account, show_contact, show_expert, show_unit
from services.registration.rights import SENDER, require_expert, require_unit

Json = dict[str, Any]


def get_unit(view: Any, args: Json) -> Json:
    """Return a unit with its members; an auditor sees them masked."""
    unit = repository.find(view, Unit, args["unit_id"])
    require_unit(view.caller, args["unit_id"], repository.missing(Unit))
    if unit is None:
        raise repository.missing(Unit)
    whole = view.caller.has(Role.SECRETARIAT, Role.ENTRANT)
    members = [show_account(account, whole=whole) for account in repository.members_of(view, unit.id)]
    return {**show_unit(unit), "members": members}


def list_units(view: Any, args: Json) -> Json:
    """Return units with their contacts masked."""
    names = ("status", "kind", "province", "recommender", "uscc")
    query = {name: args[name] for name in names if args[name] is not None}
    found = page(view.collection("units"), query, args, lambda row: repository.read(Unit, row))
    contacts = _accounts(view, (unit.contact_account for unit in found["items"]))
    found["items"] = [_unit_row(unit, contacts.get(unit.contact_account)) for unit in found["items"]]
    return found


def get_expert(view: Any, args: Json) -> Json:
    """Return an expert with his contact; only the secretariat and he himself see it whole."""
    require_expert(view.caller, args["expert_id"], repository.missing(Expert))
    expert = repository.get(view, Expert, args["expert_id"])
    whole = view.caller.has(Role.SECRETARIAT, Role.EXPERT)
    return show_expert(expert, repository.find(view, Account, expert.account_id), whole=whole)


def list_experts(view: Any, args: Json) -> Json:
    """Return experts with their contacts masked."""
    filters = {"status": args["status"], "tracks": args["track"], "province": args["province"]}
    query = {name: value for name, value in filters.items() if value is not None}
    found = page(view.collection("experts"), query, args, lambda row: repository.read(Expert, row))
    accounts = _accounts(view, (expert.account_id for expert in found["items"]))
    found["items"] = [
        show_expert(expert, accounts.get(expert.account_id), whole=False) for expert in found["items"]
    ]
    return found


def list_accounts(view: Any, args: Json) -> Json:
    """Return accounts with mail and phone masked."""
    filters = {"roles": args["role"], "status": args["status"]}
    query = {name: value for name, value in filters.items() if value is not None}
    return page(
        view.collection("accounts"), query, args,
        lambda row: show_account(repository.read(Account, row), whole=False),
    )  # fmt: skip


def who_am_i(view: Any, args: Json) -> Json:
    """Return the caller's own account."""
    return show_account(repository.get(view, Account, view.caller.subject), whole=True)


def letter_recipient(view: Any, args: Json) -> Json:
    """Return whom a letter goes to; only the service that sends letters may ask."""
    if view.caller.subject != SENDER:
        raise NotAllowed("只有信件服务可以查询收件人。", "Only the service that sends letters may ask.")
    account = repository.get(view, Account, args["account_id"])
    if account.is_erased:
        raise repository.missing(Account)
    return {
        "account_id": account.id, "name": account.name, "email": account.email, "language": account.language,
    }  # fmt: skip


def _accounts(view: Any, ids: Iterable[str]) -> dict[str, Account]:
    rows = view.collection("accounts").find({"_id": {"$in": list(ids)}})
    return {row["_id"]: repository.read(Account, row) for row in rows}


def _unit_row(unit: Unit, contact: Account | None) -> Json:
    shown = show_contact(contact, whole=False)
    return {
        **show_unit(unit), "contact_name": contact.name if contact else "", "contact_email": shown["email"],
        "contact_phone": shown["phone"],
    }  # fmt: skip
