"""The receipt: what was received, when, with hashes, so that both sides can prove it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from services.submission.domain.entry import Entry


def canonical_hash(value: Any) -> str:
    """Return the SHA-256 of a JSON value written with sorted keys, without spaces, in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def make_receipt(entry: Entry, received_at: str) -> dict[str, Any]:
    """Return the receipt of the revision that the entry has just been handed in as; the time in ISO 8601."""
    receipt = {
        "number": entry.number,
        "case_id": entry.id,
        "edition_id": entry.edition_id,
        "edition_version": entry.edition_version,
        "unit_id": entry.unit_id,
        "track": entry.content.track,
        "title": entry.content.title,
        "revision": entry.revision,
        "received_at": received_at,
        "content_hash": canonical_hash(entry.content.to_dict()),
        "materials": [
            {
                "material_id": material.id,
                "kind": material.kind,
                "file_name": material.file_name,
                "size": material.size,
                "etag": material.etag,
                "sha256": material.sha256,
            }
            for material in entry.counted_materials()
        ],
    }
    return {**receipt, "receipt_hash": canonical_hash(receipt)}


def is_genuine(receipt: Mapping[str, Any]) -> bool:
    """Say whether a receipt's hash belongs to its other fields."""
    rest = {name: value for name, value in receipt.items() if name != "receipt_hash"}
    return canonical_hash(rest) == receipt.get("receipt_hash")
