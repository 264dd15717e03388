"""Copies of what registration, submission and review own, kept in any order of arrival."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from plumbing.store.copies import copy_state


def copy_edition(tx: Any, event: Event) -> None:
    """Keep the newest rules of an edition."""
    copy_state(tx, "editions", event, {"version": event.data["version"], "edition": event.data["edition"]})


def copy_unit(tx: Any, event: Event) -> None:
    """Keep a unit's name, contact, and whom its cases count for."""
    kept = ("name", "group_unit", "recommender", "status", "contact_account")
    copy_state(tx, "units", event, {name: event.data[name] for name in kept})


def copy_case(tx: Any, event: Event) -> None:
    """Keep a case's title and whose it is; nothing else of it is needed here."""
    kept = ("number", "edition_id", "track", "title", "unit_id", "joint_units", "contact_account")
    copy_state(tx, "cases", event, {name: event.data[name] for name in kept})


def copy_result(tx: Any, event: Event) -> None:
    """Keep what a result of a round says of one case."""
    kept = ("result_id", "round_id", "edition_id", "kind", "case_id", "unit_id", "score", "rank", "outcome")
    copy_state(tx, "results", event, {name: event.data[name] for name in kept})


def remember_closing(tx: Any, event: Event) -> None:
    """Keep that a round is closed, with the counts to check its results against."""
    kept = ("result_id", "edition_id", "stage", "kind", "track", "cases", "merkle_root")
    copy_state(tx, "closings", event, {name: event.data[name] for name in kept})


def remember_supersession(tx: Any, event: Event) -> None:
    """Keep that a result was replaced, under the old result: several may arrive in any order."""
    row = {name: event.data[name] for name in ("new_result_id", "round_id", "edition_id", "reason")}
    tx.collection("supersessions").replace_one(
        {"_id": event.data["old_result_id"]}, {"_id": event.data["old_result_id"], **row}, upsert=True
    )


def remember_qualification(tx: Any, event: Event) -> None:
    """Keep that a unit is qualified in an edition."""
    row = {"unit_id": event.data["unit_id"], "edition_id": event.data["edition_id"]}
    key = f"{row['edition_id']}:{row['unit_id']}"
    tx.collection("qualifications").replace_one({"_id": key}, {"_id": key, **row}, upsert=True)
