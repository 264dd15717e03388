"""Publishing an edition and moving its dates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from contracts.edition import edition_from_dict, edition_to_dict
from contracts.errors import InvalidInput
from contracts.events import registration as events
from services.registration import repository
from services.registration.domain.schedule import compare_editions, move_window, require_past_kept

MOST_BYTES = 1_000_000

Json = dict[str, Any]


def publish_edition(tx: Any, args: Json) -> Json:
    """Publish an edition, or its next version; the same rules again change nothing and tell nothing."""
    edition = replace(edition_from_dict(args["edition"]), version=0)
    standing = repository.find_edition_row(tx, edition.id)
    version = standing["version"] + 1 if standing else 1
    plain = edition_to_dict(replace(edition, version=version))
    if len(json.dumps(plain, ensure_ascii=False).encode()) > MOST_BYTES:
        raise InvalidInput.of("edition", "too_long", "内容过大", "The rules are larger than one megabyte.")
    before = edition_from_dict(standing["edition"]) if standing else None
    # written anew, so that a rule which got its default since counts as no change
    changes = compare_editions(edition_to_dict(before) if before else None, plain)
    if standing and before:
        if not changes:
            return {"edition_id": edition.id, "version": version - 1, "changed": False, "changes": []}
        require_past_kept(before, edition, tx.now)
    _publish(tx, edition.id, version, edition.code, plain)
    return {"edition_id": edition.id, "version": version, "changed": True, "changes": changes}


def move_schedule(tx: Any, args: Json) -> Json:
    """Move one window and announce it."""
    standing = repository.get_edition(tx, args["edition_id"])
    old, moved = move_window(standing, args["window"], args["opens_at"], args["closes_at"], tx.now)
    new = moved.window(old.id)
    version = standing.version + 1
    _publish(tx, moved.id, version, moved.code, edition_to_dict(replace(moved, version=version)))
    outcome = {
        "edition_id": moved.id, "version": version, "window": old.id,
        "old_opens_at": old.opens_at, "old_closes_at": old.closes_at,
        "opens_at": new.opens_at, "closes_at": new.closes_at,
    }  # fmt: skip
    tx.emit(events.ScheduleMoved, moved.id, version, {**outcome, "reason": args["reason"]})
    return outcome


def _publish(tx: Any, edition_id: str, version: int, code: str, plain: Json) -> None:
    repository.save_edition(tx, edition_id, version, code, plain, tx.now, tx.caller.subject)
    told = {"edition_id": edition_id, "version": version, "edition": plain}
    tx.emit(events.EditionPublished, edition_id, version, told)
