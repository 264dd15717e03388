"""Erasing a person: his particulars go for good, what he did stays under a number that names nobody."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contracts.errors import Conflict, InvalidInput
from contracts.events import registration as events
from services.registration import repository
from services.registration.commands.told import end_sessions
from services.registration.domain.account import Account
from services.registration.domain.expert import Expert
from services.registration.domain.unit import Unit
from services.registration.personal import gather

Json = dict[str, Any]


def prepare_erasure(context: Any, args: Json) -> list[Json]:
    """Ask every service what it keeps: the person who erases is shown it first."""
    account = repository.get(context, Account, args["account_id"])
    counted: Counter[tuple[str, str]] = Counter()
    for part in gather(context, account.id):
        counted.update((part["service"], record["collection"]) for record in part["records"])
    return [
        {"service": service, "collection": collection, "rows": rows}
        for (service, collection), rows in sorted(counted.items())
    ]


def erase_personal_data(tx: Any, args: Json, kept: list[Json]) -> Json:
    """Erase a person here, end his sessions, and tell the other services to forget him."""
    account = repository.get(tx, Account, args["account_id"])
    if account.id == tx.caller.subject:
        raise Conflict("不能删除自己的账号。", "Nobody erases himself.")
    _require_seen(account, args)
    _require_replaced(tx, account)
    _blank(tx, account)
    told = {"account_id": account.id, "erased_at": tx.now}
    tx.emit(events.PersonalDataErased, account.id, account.version, told)
    return {"account_id": account.id, "version": account.version, "rows": kept}


def forget(tx: Any, account_id: str) -> int:
    """Blank an account that came back, as from a restored backup; return how many rows were changed."""
    account = repository.find(tx, Account, account_id)
    if account is None or account.is_erased:
        return 0
    return _blank(tx, account)


def _blank(tx: Any, account: Account) -> int:
    expert = repository.find(tx, Expert, account.expert_id)
    account.erase()
    end_sessions(tx, account, "erased")
    for collection in ("links", "sessions"):
        tx.collection(collection).delete_many({"account_id": account.id})
    if expert is None:
        return 1
    expert.erase()
    repository.save(tx, expert)
    told = {**expert.told(), "reason": "personal data erased"}
    tx.emit(events.ExpertSuspended, expert.id, expert.version, told)
    return 2


def _require_seen(account: Account, args: Json) -> None:
    if args["version"] is None:
        if not args["dry_run"]:
            raise InvalidInput.of(
                "version", "required", "请先试运行，并填写其给出的版本号",
                "Make a dry run first and give the version it shows.",
            )  # fmt: skip
        return
    repository.require_version(account, args["version"])


def _require_replaced(tx: Any, account: Account) -> None:
    """A unit must be reachable for as long as it has somebody else to be reached by."""
    unit = repository.find(tx, Unit, account.unit_id)
    if unit is None or unit.contact_account != account.id:
        return
    members = repository.members_of(tx, unit.id)
    if any(member.id != account.id and member.status == "active" for member in members):
        raise Conflict(
            "该账号是单位联系人，请先更换联系人。", "He is his unit's contact; hand the contact over first.",
            unit_id=unit.id,
        )  # fmt: skip
