"""What is kept of a person, here and in the other services."""

from __future__ import annotations

from typing import Any

from contracts.words import SERVICES

Json = dict[str, Any]
SECRET = ("password", "current", "former")
"""Hashes of secrets: no use to the person, and of use to a thief."""
KEPT = (
    ("accounts", "_id"), ("experts", "account_id"), ("sessions", "account_id"), ("units", "contact_account"),
)  # fmt: skip


def show_personal(reading: Any, account_id: str) -> list[Json]:
    """Return the account, its expert, its sessions and the units it speaks for."""
    found = []
    for collection, field in KEPT:
        for row in reading.collection(collection).find({field: account_id}, sort=[("_id", 1)]):
            content = {name: value for name, value in row.items() if name not in ("_id", *SECRET)}
            found.append({"collection": collection, "id": row["_id"], "content": content})
    return found


def gather(reader: Any, account_id: str) -> list[Json]:
    """Ask every service for its part; Unavailable when one does not answer: half an answer would mislead."""
    parts = []
    for service in SERVICES:
        if service == "registration":
            told: Json = {"records": show_personal(reader, account_id), "truncated": False}
        else:
            told = reader.parts.calls.call(service, "personal_data", {"account_id": account_id})
        parts.append({"service": service, **told})
    return parts
