"""Idempotency: a command's answer, kept under the caller's command id in the command's own transaction."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pymongo.read_concern import ReadConcern

from contracts.errors import Conflict, InvalidInput
from contracts.events import Event
from plumbing.identity.caller import ANONYMOUS, Caller
from plumbing.service import Index
from plumbing.store.mongo import Document, Store
from plumbing.store.plain import canonical, from_text

INDEXES = (
    Index("commands", (("at", 1), ("_id", 1))),
    Index("commands", (("until", 1),), partial={"until": {"$exists": True}}),
)
REPEATABLE = timedelta(minutes=1)
"""For so long an answer that opens something is given again; no call is on its way for longer."""
MOST_RECENT = 10_000
NEVER = datetime.max.replace(tzinfo=UTC)
SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,119}")


class Sealing(Protocol):
    """Keeps arguments and answers unreadable to who only sees the database: some hold tokens or persons."""

    def seal(self, text: str) -> bytes:
        """Return the text, encrypted."""

    def open(self, sealed: bytes) -> str | None:
        """Return the text again, or None when it was sealed with a key no longer known."""

    def fingerprint(self, text: str) -> bytes:
        """Return a keyed hash: equal for equal texts, and no help in guessing them."""


class Commands:
    """The rows of one service: {_id: caller|command id, method, args, result, events, audit_id, at}."""

    def __init__(self, store: Store, sealing: Sealing) -> None:
        self._rows = store.collection("commands")
        self._newest = self._rows.with_options(read_concern=ReadConcern("local"))
        self._certain = self._rows.with_options(read_concern=ReadConcern("linearizable"))
        self._sealing = sealing
        self._recent: OrderedDict[str, None] = OrderedDict()

    @staticmethod
    def key(caller: Caller, command_id: str) -> str:
        """Return the row's key; InvalidInput for an id that is none."""
        if not isinstance(command_id, str) or not SHAPE.fullmatch(command_id):
            raise InvalidInput.of("command_id", "identifier", "不是有效的标识", "Not a valid identifier.")
        return f"{caller.subject}|{command_id}"

    def fingerprint(self, method: str, args: Document) -> bytes:
        """Return what tells whether two calls are the same."""
        return self._sealing.fingerprint(f"{method}\n{canonical(args)}")

    def find(self, key: str, method: str, fingerprint: bytes, *, newest: bool = False) -> tuple[Any] | None:
        """Return the stored result in a tuple, or None when this command was not done.

        ``newest`` also sees what was committed this moment, and waits until a majority holds it.

        Raises Conflict when the id was used for something else, or its answer cannot be read any more.
        """
        rows = self._rows
        if newest:
            # a transaction meets what another one committed before a majority has it, and is refused by it;
            # reading for certain costs a write to the log, so it is done only where there is something
            if self._newest.find_one({"_id": key}, {"_id": 1}) is None:
                return None
            rows = self._certain
        row = rows.find_one({"_id": key})
        if row is None:
            return None
        if not row["result"] or row.get("until", NEVER) <= datetime.now(UTC):
            # before anything is compared: whether a repeat is the same would tell whether a password is right
            raise Conflict(
                "这项操作此前已经完成，其答复不再保留，请换用新的编号。",
                "This command was done before and its answer is not kept; use a new id.",
            )
        if row["method"] != method or bytes(row["args"]) != fingerprint:
            raise Conflict(
                "这个指令编号已用于另一项操作，请换用新的编号。",
                "This command id was already used for something else; use a new one.",
            )
        text = self._sealing.open(row["result"])
        if text is None:
            raise Conflict(
                "这项操作此前已经完成，但当时的答复已无法读取。",
                "This command was done before, but its answer can no longer be read.",
            )
        return (from_text(text),)

    def remember(self, key: str) -> None:
        """Remember in this process that something was done under a key."""
        self._recent[key] = None
        while len(self._recent) > MOST_RECENT:
            self._recent.popitem(last=False)

    def was_done(self, key: str) -> bool:
        """Say whether this process remembers that something was done under a key: a hint, not the truth."""
        return key in self._recent

    def row(
        self, key: str, method: str, fingerprint: bytes, result: str, events: Sequence[Event], audit_id: str,
        at: datetime, secret: bool = False,
    ) -> Document:  # fmt: skip
        """Return the row of a command that was done; ``secret`` where its answer is soon to be forgotten."""
        return {
            **({"until": datetime.now(UTC) + REPEATABLE} if secret else {}),
            "_id": key,
            "method": method,
            "args": fingerprint,
            "result": self._sealing.seal(result),
            "events": [event.id for event in events],
            "audit_id": audit_id,
            "at": at,
        }


def forget_secrets(context: Any) -> int:
    """Forget answers that open something, and the hash of what was asked with them; return how many."""
    over = {"until": {"$lte": datetime.now(UTC)}}
    forgotten = {"$set": {"args": b"", "result": b""}, "$unset": {"until": ""}}
    return int(context.collection("commands").update_many(over, forgotten).modified_count)


def shown_key(key: str) -> str:
    """Return a command's key as people may see it: whoever knows nobody's key could ask as that nobody."""
    return f"{ANONYMOUS.subject}|…" if key.startswith(f"{ANONYMOUS.subject}|") else key
