"""Documents of registration ↔ its domain objects; this service's collections only."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from contracts.edition import Edition, edition_from_dict
from contracts.errors import Conflict, NotFound, Refusal
from plumbing.service import Index
from plumbing.store import throttling
from services.registration.domain.account import Account
from services.registration.domain.expert import Expert
from services.registration.domain.session import Session
from services.registration.domain.unit import Unit

INDEXES: Final = (
    Index("editions", (("code", 1),), unique=True),
    Index("units", (("uscc", 1),), unique=True),
    Index("units", (("recommender", 1), ("_id", 1))),
    Index("accounts", (("email_key", 1),), unique=True),
    Index("accounts", (("unit_id", 1),)),
    Index("accounts", (("roles", 1), ("_id", 1))),
    Index("experts", (("account_id", 1),), unique=True),
    Index("experts", (("tracks", 1), ("_id", 1))),
    Index("sessions", (("account_id", 1),)),
    Index("sessions", (("renewed_at", 1),)),
    Index("links", (("account_id", 1), ("purpose", 1))),
    Index("links", (("expires_at", 1),)),
    *throttling.INDEXES,
)
NAMES: Final[dict[type, str]] = {Unit: "units", Account: "accounts", Expert: "experts", Session: "sessions"}
MISSING: Final[dict[type, tuple[str, str]]] = {
    Unit: ("没有这个单位。", "There is no such unit."),
    Account: ("没有这个账号。", "There is no such account."),
    Expert: ("没有这位专家。", "There is no such expert."),
    Session: ("没有这个会话。", "There is no such session."),
}
TAKEN: Final[dict[type, tuple[str, str]]] = {
    Unit: (
        "这个统一社会信用代码已经注册过，无须重复注册，请直接登录。",
        "This credit code is registered already; sign in, there is no need to register again.",
    ),
    Account: ("这个电子邮箱已被使用。", "This email address is already in use."),
    Expert: ("这个账号已经是专家。", "This account is an expert already."),
}


def find(at: Any, kind: type, object_id: str | None) -> Any:
    """Return the object, or None. ``at`` is anything with ``collection(name)``."""
    return None if object_id is None else read(kind, at.collection(NAMES[kind]).find_one({"_id": object_id}))


def get(at: Any, kind: type, object_id: str | None) -> Any:
    """Return the object; NotFound when there is none."""
    found = find(at, kind, object_id)
    if found is None:
        raise missing(kind)
    return found


def missing(kind: type) -> Refusal:
    """Return the refusal of an object that is not there."""
    return NotFound(*MISSING[kind])


def find_account_by_email(at: Any, key: str) -> Account | None:
    """Return the account of a mailbox, or None."""
    found: Account | None = read(Account, at.collection("accounts").find_one({"email_key": key}))
    return found


def members_of(at: Any, unit_id: str) -> list[Account]:
    """Return the accounts of a unit, oldest first."""
    rows = at.collection("accounts").find({"unit_id": unit_id}, sort=[("_id", 1)])
    return [read(Account, row) for row in rows]


def read(kind: type, row: dict[str, Any] | None) -> Any:
    """Return the object of a document; None for None."""
    if row is None:
        return None
    known = {field.name for field in fields(kind)}
    return kind(id=row["_id"], **{name: value for name, value in row.items() if name in known})


def save(tx: Any, thing: Any) -> None:
    """Write the object as its next version.

    Raises Conflict when somebody else saved it meanwhile, or when what must be unique is taken.
    """
    kind = type(thing)
    rows = tx.collection(NAMES[kind])
    known, thing.version = thing.version, thing.version + 1
    document = asdict(thing)
    document["_id"] = document.pop("id")
    try:
        if known == 0:
            rows.insert_one(document)
        elif rows.replace_one({"_id": thing.id, "version": known}, document).matched_count == 0:
            raise stale()
    except DuplicateKeyError as error:
        raise Conflict(*TAKEN[kind]) from error


def hold_account(tx: Any, account: Account) -> None:
    """Have whoever changes the account at the same time come before this transaction or after it."""
    tx.collection("accounts").update_one({"_id": account.id}, {"$inc": {"held": 1}})


def require_version(thing: Any, version: int) -> None:
    """Raise Conflict unless the change was made from the version that stands."""
    if thing.version != version:
        raise stale(version=thing.version)


def stale(**facts: Any) -> Conflict:
    """Return the refusal of a change made from an older version."""
    zh, en = "内容已被他人修改，请刷新后重试。", "Somebody changed it meanwhile; load it again."
    return Conflict(zh, en, **facts)


def find_edition_row(at: Any, edition_id: str) -> dict[str, Any] | None:
    """Return the document of an edition, or None."""
    row: dict[str, Any] | None = at.collection("editions").find_one({"_id": edition_id})
    return row


def get_edition(at: Any, edition_id: str) -> Edition:
    """Return the rules of an edition; NotFound when it is not published."""
    row = find_edition_row(at, edition_id)
    if row is None:
        raise NotFound("没有这一届大赛。", "There is no such edition.")
    return edition_from_dict(row["edition"])


def save_edition(
    tx: Any, edition_id: str, version: int, code: str, plain: dict[str, Any], now: datetime, by: str
) -> None:
    """Write an edition's next version and keep it beside the earlier ones."""
    document = {
        "_id": edition_id, "version": version, "code": code, "published_at": now, "published_by": by,
        "edition": plain,
    }  # fmt: skip
    try:
        if version == 1:
            tx.collection("editions").insert_one(document)
        elif not tx.collection("editions").replace_one(
            {"_id": edition_id, "version": version - 1}, document
        ).matched_count:
            raise stale()
        tx.collection("edition_versions").insert_one({**document, "_id": f"{edition_id}:{version}"})
    except DuplicateKeyError as error:
        raise Conflict("届次或代号已存在。", "The edition or its code exists already.", code=code) from error


def known_tracks(at: Any) -> frozenset[str]:
    """Return the ids of the tracks of all published editions."""
    return frozenset(at.collection("editions").distinct("edition.tracks.id"))
