"""Changing stored documents one thing at a time, and telling whether the checks find and name it."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from plumbing.operations.state import check_integrity
from tests.support.harness import Harness

EVERY = bool(os.environ.get("XINLV_EXPLORE"))
Doc = dict[str, Any]
Path = tuple[str | int, ...]


def alter(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, datetime):
        return value + timedelta(hours=1)
    if value is None:
        return "forged"
    if isinstance(value, list):
        return value[:-1] if value else ["forged"]
    if isinstance(value, dict):
        return {**value, "forged": 1}
    text = str(value)
    if text.replace(".", "", 1).isdigit():
        return "12.50" if text != "12.50" else "13.50"
    return text[:-1] + ("0" if text[-1] != "0" else "1") if text else "forged"


def paths(document: Any, start: Path = ()) -> Iterator[Path]:
    """Yield the way to every value in a document, containers included, its id not.

    Of a list the first and the last stand for the others; XINLV_EXPLORE=1 takes all.
    """
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        last = len(document) - 1
        items = [(at, one) for at, one in enumerate(document) if EVERY or at in (0, last)]
    for name, value in items:
        if name != "_id":
            yield (*start, name)
            yield from paths(value, (*start, name))


def altered(document: Doc, path: Path) -> Doc:
    """Return the document with one value altered."""
    changed = copy.deepcopy(document)
    place: Any = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = alter(place[path[-1]])
    return changed


def findings_of(harness: Harness) -> list[dict[str, str]]:
    """Return what the service answers when it is asked whether its records hold, as `desk check` does."""
    answer = check_integrity(harness.service, harness.reading(), {})
    found: list[dict[str, str]] = answer["findings"]
    return found


Named = Callable[[dict[str, str], Doc, Path], bool]
REMOVED: Path = ()
FORGED: Path = ("forged",)


def forge(harness: Harness, collection: str, document: Doc, changes: Doc) -> Doc:
    """Return a copy under another id that the unique indexes of its collection let in."""
    forged = {**copy.deepcopy(document), "_id": f"{document['_id']}-forged"}
    for index in harness.store.collection(collection).index_information().values():
        last = index["key"][-1][0]
        if index.get("unique") and last in forged:
            forged[last] = alter(document[last])
    return forged | changes


def undetected(
    harness: Harness, collection: str, documents: list[Doc], harmless: dict[str, str], named: Named,
    disguises: tuple[Doc, ...] = (),
) -> list[str]:  # fmt: skip
    """Alter every value, remove each document, add forged ones; return what was not found and named.

    A forged one is a copy under another id; ``disguises`` are changes that it may hide behind.
    """
    rows = harness.store.collection(collection)
    missed = []

    def look(what: str, document: Doc, path: Path) -> None:
        if not any(named(finding, document, path) for finding in findings_of(harness)):
            missed.append(f"{collection} {document['_id']}: {what}")

    for document in documents:
        for path in paths(document):
            if str(path[0]) in harmless:
                continue
            rows.replace_one({"_id": document["_id"]}, altered(document, path))
            look(".".join(map(str, path)), document, path)
            rows.replace_one({"_id": document["_id"]}, document)
        rows.delete_one({"_id": document["_id"]})
        look("removed", document, REMOVED)
        rows.insert_one(document)
        for changes in ({}, *disguises):
            forged = forge(harness, collection, document, changes)
            rows.insert_one(forged)
            look(f"forged {changes}", forged, FORGED)
            rows.delete_one({"_id": forged["_id"]})
    assert findings_of(harness) == []
    return missed
