"""Finds what must not leave its place in texts: phone numbers, mail addresses, tokens, passwords, keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from demo.cast import Person
from plumbing.bus.management import Management
from plumbing.settings import SERVICES

WORD = r"[A-Za-z0-9_-]"
PATTERNS = {
    "mobile number": re.compile(
        r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])"
    ),
    "landline number": re.compile(r"(?<![0-9A-Za-z.-])0\d{2,3}-\d{7,8}(?!\d)"),
    "identity number": re.compile(r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])"),
    # one whose mailbox is masked ends in a star, which is no part of an address
    "mail address": re.compile(r"[A-Za-z0-9._%+-]*[A-Za-z0-9_%+-]@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"),
    "access token": re.compile(rf"eyJ{WORD}{{10,}}\.eyJ{WORD}{{10,}}\.{WORD}{{20,}}"),
    "refresh token": re.compile(rf"ses-[0-9a-f-]{{16,}}\.{WORD}{{40,}}"),
    "one-time link": re.compile(rf"/(?:invitation|reset)/{WORD}{{40,}}"),
    "password hash": re.compile(r"\$argon2id?\$"),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "address with a password": re.compile(
        r"(?:amqps?|mongodb(?:\+srv)?|smtps?|https?)://[^\s/:@\"']+:[^\s/@\"']+@"
    ),
}


@dataclass(frozen=True)
class Leak:
    """What was found where; ``text`` is its surrounding, for the one who mends it."""

    where: str
    kind: str
    text: str


def scan(where: str, text: str, known: Iterable[str] = ()) -> Iterator[Leak]:
    """Yield what looks like something secret or personal, and whatever is known to be."""
    for kind, pattern in PATTERNS.items():
        for found in pattern.finditer(text):
            yield Leak(where, kind, text[max(0, found.start() - 60) : found.end() + 20])
    for word in known:
        at = text.find(word)
        if at >= 0:
            yield Leak(where, "a known secret", text[max(0, at - 60) : at + 3] + "…")


def events(mongo: MongoClient[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield every event any service ever told."""
    for service in SERVICES:
        for row in mongo[f"xinlv_{service}"].outbox.find({}):
            yield f"event {row['type']} {row['_id']}", row["body"]


def plain_rows(mongo: MongoClient[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what is kept about calls: audit rows, and commands with their sealed answers."""
    for service in SERVICES:
        for collection in ("audit", "commands", "jobs", "throttles", "revocations", "inbox"):
            for row in mongo[f"xinlv_{service}"][collection].find({}, {"args": 0, "result": 0}):
                yield f"{service}.{collection} {row['_id']}", json.dumps(row, ensure_ascii=False, default=str)


def messages(broker: Management) -> Iterator[tuple[str, str]]:
    """Yield what lies in queues of the inner host, calls and replies aside: those carry what was asked."""
    for queue in broker.get("queues", "xinlv"):
        if queue["name"].startswith(("rpc-", "xinlv.reply", "rpc.reply")):
            continue
        body = {"count": 500, "ackmode": "ack_requeue_true", "encoding": "auto"}
        for place, message in enumerate(broker.post("queues", "xinlv", queue["name"], "get", body=body)):
            yield f"message {place} in {queue['name']}", json.dumps(message, ensure_ascii=False)


def logs(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every line of every log file below a folder."""
    for path in sorted(folder.rglob("*.log")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            yield f"{path.name}:{number}", line


def known_secrets(people: Iterable[Person], secrets: dict[str, Any]) -> list[str]:
    """Return every password, phone number and address of these people, and a stack's own secrets."""
    found = [word for one in people for word in (one.password, one.phone, one.email)]
    found += [own["password"] for own in (*secrets["services"].values(), *secrets["clients"].values())]
    return [*found, secrets["bootstrap"], secrets["operator"]["broker_password"]]


def leaks(texts: Iterable[tuple[str, str]], known: Iterable[str] = ()) -> list[Leak]:
    """Return what was found in all of them."""
    known = list(known)
    return [leak for where, text in texts for leak in scan(where, text, known)]


__all__ = ["Leak", "events", "known_secrets", "leaks", "logs", "messages", "plain_rows", "scan"]
