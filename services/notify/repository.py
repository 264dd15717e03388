"""Documents of notify: letters, messages, announcements, and its copies of what letters speak of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from contracts.edition import Edition, edition_from_dict
from contracts.errors import Conflict, NotFound, NotYet
from contracts.events import EventType
from contracts.words import LetterStatus
from plumbing.service import Index
from plumbing.store.plain import from_text, to_text
from services.notify.domain.letter import Both, Letter, letter_from_document, letter_to_document
from services.notify.domain.occasions import WAITED_FOR

INDEXES = (
    Index("letters", (("key", 1),), unique=True),
    Index("letters", (("status", 1), ("not_before", 1), ("_id", 1))),
    Index("letters", (("status", 1), ("template", 1), ("not_before", 1), ("_id", 1))),
    Index("letters", (("template", 1), ("_id", 1))),
    Index("letters", (("account_id", 1), ("_id", 1))),
    Index("letters", (("case_id", 1), ("_id", 1))),
    Index("letters", (("cause_id", 1), ("_id", 1))),
    Index("letters", (("edition_id", 1), ("status", 1))),
    Index("messages", (("account_id", 1), ("read_at", 1), ("_id", 1))),
    Index("announcements", (("edition_id", 1), ("_id", 1))),
    Index("announcements", (("cause_id", 1),), unique=True, partial={"cause_id": {"$type": "string"}}),
    Index("cases", (("edition_id", 1), ("_id", 1))),
)


def add_letters(tx: Any, letters: Iterable[Letter], *, in_site: bool = True) -> int:
    """Keep new letters with their in-site form; one whose natural key is there already is left out."""
    wanted = {letter.key: letter for letter in letters}
    known = {row["key"] for row in tx.collection("letters").find({"key": {"$in": list(wanted)}}, {"key": 1})}
    new = [letter for key, letter in wanted.items() if key not in known]
    if not new:
        return 0
    tx.collection("letters").insert_many([letter_to_document(letter) for letter in new])
    if in_site:
        tx.collection("messages").insert_many([_message_of(letter) for letter in new])
    return len(new)


def _message_of(letter: Letter) -> dict[str, Any]:
    return {
        "_id": letter.id, "account_id": letter.account_id, "template": letter.template,
        "case_id": letter.case_id,
        "subject": letter.subject, "body": letter.body, "written_at": letter.created_at, "read_at": None,
    }  # fmt: skip


def get_letter(reader: Any, letter_id: str) -> Letter:
    """Return the letter.

    Raises NotFound.
    """
    document = reader.collection("letters").find_one({"_id": letter_id})
    if document is None:
        raise NotFound("没有这封信。", "There is no such letter.", letter_id=letter_id)
    return letter_from_document(document)


def save_letter(tx: Any, letter: Letter) -> None:
    """Keep a changed letter.

    Raises Conflict when somebody else changed it meanwhile.
    """
    old = letter.version
    letter.version += 1
    done = tx.collection("letters").replace_one(
        {"_id": letter.id, "version": old}, letter_to_document(letter)
    )
    if done.matched_count != 1:
        raise Conflict("信件已被他人更改。", "Somebody else has changed the letter.")


def first_id(real: datetime) -> str:
    """Return what ids of letters made at a real time begin with; ``created_at`` is business time."""
    return f"letter-{int(real.timestamp() * 1000):012x}"


def find_due(reader: Any, real: Any, limit: int) -> list[Letter]:
    """Return letters to be sent now, the oldest first; those that somebody waits for before all others.

    Who asks for a link to sign in with waits for it, and it would come late behind thousands of others.
    """
    due = {"status": str(LetterStatus.QUEUED), "not_before": {"$lte": real}}
    found: list[Letter] = []
    for templates in (*WAITED_FOR, {"$nin": WAITED_FOR}):
        left = limit - len(found)
        # to the database a limit of 0 is none
        if left == 0:
            break
        rows = reader.collection("letters").find({**due, "template": templates})
        found += [letter_from_document(row) for row in rows.sort([("not_before", 1), ("_id", 1)]).limit(left)]
    return found


def find_stuck(reader: Any, before: Any, limit: int) -> list[Letter]:
    """Return letters that were claimed before a real time and have no outcome."""
    stuck = {"status": str(LetterStatus.SENDING), "claimed_at": {"$lt": before}}
    return [letter_from_document(row) for row in reader.collection("letters").find(stuck).limit(limit)]


def need_edition(reader: Any, edition_id: str) -> Edition:
    """Return this service's copy of the rules.

    Raises NotYet while it has not arrived.
    """
    document = _need(reader, "editions", edition_id, "届", "edition")
    return _read_edition(to_text(document["edition"]))


@lru_cache(maxsize=16)
def _read_edition(text: str) -> Edition:
    """Read the rules once a version: reading checks them all, and hundreds of letters speak of the same."""
    return edition_from_dict(from_text(text))


def latest_edition(reader: Any) -> Edition | None:
    """Return the edition published last, or None before the first."""
    rows = list(reader.collection("editions").find({}, {"_id": 1}).sort([("published_at", -1)]).limit(1))
    return need_edition(reader, rows[0]["_id"]) if rows else None


def need_case(reader: Any, case_id: str) -> dict[str, Any]:
    """Return this service's copy of a submitted case; NotYet while it has not arrived."""
    return _need(reader, "cases", case_id, "案例", "case")


def need_unit(reader: Any, unit_id: str) -> dict[str, Any]:
    """Return this service's copy of a unit; NotYet while it has not arrived."""
    return _need(reader, "units", unit_id, "单位", "unit")


def need_award(reader: Any, award_id: str) -> dict[str, Any]:
    """Return what is known of an award; NotYet while nothing is."""
    return _need(reader, "awards", award_id, "奖项", "award")


def _need(reader: Any, collection: str, wanted: str, zh: str, en: str) -> dict[str, Any]:
    document: dict[str, Any] | None = reader.collection(collection).find_one({"_id": wanted})
    if document is None:
        raise _not_yet(zh, en, wanted)
    return document


def _not_yet(zh: str, en: str, wanted: str) -> NotYet:
    return NotYet(f"{zh} {wanted} 尚未到达。", f"The {en} {wanted} has not arrived yet.", **{en: wanted})


def publish(
    tx: Any, kind: EventType, announcement_id: str, edition_id: str, title: Both, body: Both,
    cause_id: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Keep an announcement, tell it, and return it as it is shown."""
    shown = {"edition_id": edition_id, "title": title, "body": body, "published_at": tx.now}
    tx.collection("announcements").insert_one(
        {"_id": announcement_id, **shown, "cause_id": cause_id, "version": 1}
    )
    row = {"announcement_id": announcement_id, **shown}
    tx.emit(kind, announcement_id, 1, row)
    return row
