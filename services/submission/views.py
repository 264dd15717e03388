"""How entries are shown: the shapes that contracts/rpc/submission.py describes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.findings import FINDINGS
from services.submission.domain.entry import Entry
from services.submission.domain.material import Material


def case_view(entry: Entry) -> dict[str, Any]:
    """Return the CaseView of an entry."""
    return {
        "case_id": entry.id,
        "number": entry.number,
        "edition_id": entry.edition_id,
        "unit_id": entry.unit_id,
        "status": entry.status.value,
        **entry.content.to_dict(),
        "materials": [material_view(material) for material in entry.materials.values()],
        "draft_version": entry.draft_version,
        "revision": entry.revision,
        "submitted_at": entry.submitted_at,
        "returned": return_view(entry),
        "locked_by": entry.locked_by,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }


def return_view(entry: Entry) -> dict[str, Any] | None:
    """Return why and until when a case is with its unit again, or None."""
    if entry.due_at is None:
        return None
    refused = [material.id for material in entry.materials.values() if material.findings]
    return {"due_at": entry.due_at, "reasons": list(entry.return_reasons), "refused_materials": refused}


def material_view(material: Material) -> dict[str, Any]:
    """Return the MaterialView of a file; findings come with their texts."""
    return {
        "material_id": material.id,
        "kind": material.kind,
        "file_name": material.file_name,
        "media_type": material.media_type,
        "size": material.size,
        "status": material.status.value,
        "etag": material.etag,
        "sha256": material.sha256,
        "findings": [
            {"code": code, "zh": FINDINGS[code].zh, "en": FINDINGS[code].en} for code in material.findings
        ],
        "announced_at": material.announced_at,
    }


def case_row(document: dict[str, Any]) -> dict[str, Any]:
    """Return the CaseRow of a stored case."""
    return {
        "case_id": document["_id"],
        "number": document["number"],
        "edition_id": document["edition_id"],
        "unit_id": document["unit_id"],
        "status": document["status"],
        "track": document["content"]["track"],
        "title": document["content"]["title"],
        "revision": document["revision"],
        "submitted_at": document["submitted_at"],
        "due_at": document["due_at"],
    }


def version_row(document: dict[str, Any]) -> dict[str, Any]:
    """Return the VersionRow of a stored revision."""
    return {
        "case_id": document["case_id"],
        "revision": document["revision"],
        "received_at": document["received_at"],
        **document["content"],
        "receipt_hash": document["receipt"]["receipt_hash"],
    }


def case_data(
    entry: Entry, contact_account: str, known_questions: set[str], received_at: datetime
) -> dict[str, Any]:
    """Return the data of CaseSubmitted and CaseRevised: the case in full, without anything personal."""
    return {
        "case_id": entry.id,
        "number": entry.number,
        "edition_id": entry.edition_id,
        "edition_version": entry.edition_version,
        "track": entry.content.track,
        "title": entry.content.title,
        "summary": entry.content.summary,
        # a draft that changed its track may still hold answers to the former one's questions
        "answers": {key: value for key, value in entry.content.answers.items() if key in known_questions},
        "unit_id": entry.unit_id,
        "joint_units": [dict(unit) for unit in entry.content.joint_units],
        "contact_account": contact_account,
        "materials": [
            {"material_id": m.id, "kind": m.kind, "media_type": m.media_type, "size": m.size}
            for m in entry.counted_materials()
        ],
        "revision": entry.revision,
        "submitted_at": entry.submitted_at,
        "received_at": received_at,
    }
