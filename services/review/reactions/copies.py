"""Copies of editions, units, experts and cases: what judging needs to know of them."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from plumbing.store.copies import copy_state
from plumbing.store.erasures import unless_erased
from services.review import repository


def copy_edition(tx: Any, event: Event) -> None:
    """Keep the newest rules, and each version for the rounds that open with it."""
    data = event.data
    repository.keep_edition(tx, data["edition_id"], data["version"], data["edition"])
    copy_state(tx, "editions", event, {"edition_id": data["edition_id"], "version": data["version"]})


def copy_unit(tx: Any, event: Event) -> None:
    """Keep a unit's particulars."""
    copy_state(tx, "units", event, event.data)


def copy_expert(tx: Any, event: Event) -> None:
    """Keep an expert's particulars; of one who was erased nothing but that he is gone."""
    copy_state(
        tx, "experts", event, unless_erased(tx, event.data["account_id"], event.data, repository.NOBODY)
    )


def copy_case(tx: Any, event: Event) -> None:
    """Keep a case's newest revision."""
    copy_state(tx, "cases", event, event.data)
