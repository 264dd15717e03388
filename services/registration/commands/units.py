"""Signing units up, changing them, and inviting their members."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict, InvalidInput
from contracts.events import registration as events
from contracts.words import Role
from plumbing.store.ids import new_id
from plumbing.store.throttling import count_try
from services.registration import repository
from services.registration.commands.told import end_sessions, tell_invited
from services.registration.domain import limits
from services.registration.domain.account import MOST_MEMBERS, Account, invite, read_person
from services.registration.domain.unit import Unit, require_kind_admitted, require_signup_open
from services.registration.rights import require_unit

Json = dict[str, Any]


def count_signup(context: Any, args: Json) -> None:
    """Keep one address from signing up without end."""
    count_try(context, limits.SIGNUPS, context.caller.address)


def register_unit(tx: Any, args: Json, facts: None) -> Json:
    """Sign a unit up and invite its contact."""
    edition = repository.get_edition(tx, args["edition_id"])
    require_signup_open(edition, tx.now)
    require_kind_admitted(edition, args["kind"])
    person = read_person(args["contact"], "contact")
    unit_id, account_id = new_id("unit"), new_id("acc")
    unit = Unit(
        id=unit_id, edition_id=edition.id, name=args["name"], uscc=args["uscc"], kind=args["kind"],
        province=args["province"], group_unit=args["group_unit"], recommender=args["recommender"],
        contact_account=account_id, registered_at=tx.now,
    )  # fmt: skip
    # its own invitation: an entrant signs himself up
    account = invite(account_id, person, Role.ENTRANT, account_id, tx.now, unit_id=unit_id)
    repository.save(tx, unit)
    repository.save(tx, account)
    tx.emit(events.UnitRegistered, unit.id, unit.version, unit.told())
    tell_invited(tx, account)
    return {"unit_id": unit.id, "account_id": account.id}


def update_unit(tx: Any, args: Json) -> Json:
    """Change particulars or hand the contact over; saving unchanged says that all is right as it is."""
    unit = repository.get(tx, Unit, args["unit_id"])
    require_unit(tx.caller, unit.id, repository.missing(Unit))
    repository.require_version(unit, args["version"])
    if "contact_account" in args:
        account = repository.find(tx, Account, args["contact_account"])
        if account is None or account.unit_id != unit.id or account.status != "active":
            zh, en = "应为本单位已启用的成员", "Must be an active member of the unit."
            raise InvalidInput.of("contact_account", "reference", zh, en)
    unit.update(args)
    repository.save(tx, unit)
    tx.emit(events.UnitUpdated, unit.id, unit.version, unit.told())
    return _outcome(unit)


def suspend_unit(tx: Any, args: Json) -> Json:
    """Keep a unit from acting and sign its members out."""
    unit = repository.get(tx, Unit, args["unit_id"])
    unit.suspend()
    repository.save(tx, unit)
    tx.emit(events.UnitSuspended, unit.id, unit.version, {**unit.told(), "reason": args["reason"]})
    for account in repository.members_of(tx, unit.id):
        end_sessions(tx, account, "unit suspended")
    return _outcome(unit)


def reinstate_unit(tx: Any, args: Json) -> Json:
    """Let a suspended unit act again."""
    unit = repository.get(tx, Unit, args["unit_id"])
    unit.reinstate()
    repository.save(tx, unit)
    tx.emit(events.UnitUpdated, unit.id, unit.version, unit.told())
    return _outcome(unit)


def invite_member(tx: Any, args: Json) -> Json:
    """Invite another member of the unit."""
    unit_id = args["unit_id"] or tx.caller.unit_id
    if unit_id is None:
        raise InvalidInput.of("unit_id", "required", "必填", "Missing data for required field.")
    unit = repository.get(tx, Unit, unit_id)
    require_unit(tx.caller, unit.id, repository.missing(Unit))
    unit.require_active()
    if len(repository.members_of(tx, unit.id)) >= MOST_MEMBERS:
        raise Conflict("单位成员已满。", "The unit has as many members as it may have.", most=MOST_MEMBERS)
    person = read_person(args["person"], "person")
    account = invite(new_id("acc"), person, Role.ENTRANT, tx.caller.subject, tx.now, unit_id=unit.id)
    # two invitations at once must not both see the last free place
    repository.save(tx, unit)
    repository.save(tx, account)
    tell_invited(tx, account)
    return {"account_id": account.id, "status": account.status}


def _outcome(unit: Unit) -> Json:
    return {"unit_id": unit.id, "version": unit.version, "status": unit.status}
