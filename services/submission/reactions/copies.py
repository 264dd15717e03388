"""Copies of what registration owns, kept for the checks of commands."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from plumbing.store.copies import copy_state
from plumbing.store.plain import digest


def remember_edition(tx: Any, event: Event) -> None:
    """Keep the newest rules of an edition."""
    copy_state(tx, "editions", event, {**event.data, "digest": digest(event.data)})


def remember_unit(tx: Any, event: Event) -> None:
    """Keep what a unit is and whether it may act; which of the three events tells it does not matter."""
    wanted = ("unit_id", "name", "uscc", "kind", "status", "contact_account")
    copy_state(tx, "units", event, {name: event.data[name] for name in wanted})
