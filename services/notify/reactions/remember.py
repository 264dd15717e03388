"""Copies of editions, units, cases and awards, as far as letters speak of them."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from plumbing.store.copies import copy_state


def remember_edition(tx: Any, event: Event) -> None:
    """Keep the newest rules of an edition."""
    kept = {"version": event.data["version"], "edition": event.data["edition"], "published_at": event.time}
    copy_state(tx, "editions", event, kept)


def remember_unit(tx: Any, event: Event) -> None:
    """Keep a unit's name and contact."""
    names = ("unit_id", "name", "uscc", "contact_account", "status")
    copy_state(tx, "units", event, {name: event.data[name] for name in names})


def remember_case(tx: Any, event: Event) -> None:
    """Keep what a case is called and whom to tell about it."""
    names = ("case_id", "number", "edition_id", "track", "title", "unit_id", "contact_account")
    copy_state(tx, "cases", event, {name: event.data[name] for name in names})


def remember_proposed_awards(tx: Any, event: Event) -> None:
    """Keep whom an objection to a proposed prize concerns; an award already final is not overwritten."""
    for award in event.data["awards"]:
        tx.collection("awards").update_one(
            {"_id": award["award_id"]},
            {"$setOnInsert": {**award, "edition_id": event.data["edition_id"], "sequence": 0}},
            upsert=True,
        )


def remember_award(tx: Any, event: Event) -> None:
    """Keep a published or withdrawn award."""
    names = ("award_id", "edition_id", "prize", "laureate", "title", "case_id", "unit_id", "contact_account")
    copy_state(tx, "awards", event, {name: event.data[name] for name in names})
