"""Objections as the secretariat and auditors see them; contacts are masked in lists."""

from __future__ import annotations

from typing import Any

from plumbing.store.paging import page
from services.awards import repository

ROW = (
    "award_id", "edition_id", "status", "version", "grounds", "evidence", "filed_at", "resolved_at",
    "resolution",
)  # fmt: skip


def list_objections(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return objections, oldest first."""
    names = ("edition_id", "award_id", "status")
    query = {name: args[name] for name in names if args[name] is not None}
    return page(view.collection("objections"), query, args, _describe_masked)


def get_objection(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return one objection with its objector's contacts."""
    objection = repository.load_objection(view, args["objection_id"])
    row = repository.to_document(objection)
    objector = row["objector"]
    return {
        **_describe(row),
        **{name: objector[name] for name in ("phone", "email", "uscc", "sealed_letter")},
        "resolved_by": row["resolved_by"],
    }


def mask_phone(phone: str) -> str:
    """Hide the middle of a phone number."""
    return f"{phone[:3]}****{phone[-2:]}" if len(phone) >= 7 else "****" if phone else ""


def mask_email(email: str) -> str:
    """Hide the local part of a mail address but for its first character."""
    local, at, host = email.partition("@")
    return f"{local[:1]}***@{host}" if at else ""


def _describe_masked(row: dict[str, Any]) -> dict[str, Any]:
    objector = row["objector"]
    return {**_describe(row), "phone": mask_phone(objector["phone"]), "email": mask_email(objector["email"])}


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    objector = row["objector"]
    return {
        "objection_id": row["_id"],
        **{name: row[name] for name in ROW},
        "kind": objector["kind"],
        "name": objector["name"],
    }
