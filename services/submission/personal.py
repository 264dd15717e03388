"""What submission keeps of a person: his number beside what he handed in. What a case says is its unit's."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def show_personal(reading: Any, account_id: str) -> list[Json]:
    """Return the revisions that the account handed in and the units it speaks for."""
    found = []
    versions = reading.collection("case_versions").find(
        {"handed_in_by": account_id}, {"case_id": 1, "revision": 1, "received_at": 1, "handed_in_by": 1},
        sort=[("_id", 1)],
    )  # fmt: skip
    for row in versions:
        content = {name: value for name, value in row.items() if name != "_id"}
        found.append({"collection": "case_versions", "id": row["_id"], "content": content})
    for row in reading.collection("units").find({"contact_account": account_id}, {"contact_account": 1}):
        found.append(
            {"collection": "units", "id": row["_id"], "content": {"contact_account": account_id}}
        )
    return found
