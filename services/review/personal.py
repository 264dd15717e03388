"""What judging keeps of a person, and its erasure. Sheets stay: they are on the record under pseudonyms."""

from __future__ import annotations

from typing import Any

from services.review import repository

Json = dict[str, Any]


def show_personal(reading: Any, account_id: str) -> list[Json]:
    """Return the expert as judging knows him, his seats, what he recused himself from, and his sheets."""
    found = []
    experts = list(reading.collection("experts").find({"account_id": account_id}))
    found += [_record("experts", row) for row in experts]
    seats = list(reading.collection("seats").find({"account_id": account_id}, sort=[("_id", 1)]))
    found += [_record("seats", row) for row in seats]
    for expert in experts:
        rows = reading.collection("recusals").find({"expert_id": expert["_id"]}, sort=[("_id", 1)])
        found += [_record("recusals", row) for row in rows]
    sheets = reading.collection("sheets").find(
        {"assignment_id": {"$in": [seat["_id"] for seat in seats]}}, sort=[("_id", 1)]
    )
    return found + [_record("sheets", row) for row in sheets]


def erase_personal(tx: Any, account_id: str) -> int:
    """Blank the expert's particulars; who judged what stays under numbers that name nobody any more."""
    experts = [row["_id"] for row in tx.collection("experts").find({"account_id": account_id}, {"_id": 1})]
    if not experts:
        return 0
    blanked = tx.collection("experts").update_many(
        {"_id": {"$in": experts}}, {"$set": dict(repository.NOBODY)}
    )
    # what he wrote of kin and friends to be let off a case
    notes = tx.collection("recusals").update_many(
        {"expert_id": {"$in": experts}, "note": {"$ne": ""}}, {"$set": {"note": ""}}
    )
    return int(blanked.modified_count + notes.modified_count)


def _record(collection: str, row: Json) -> Json:
    content = {name: value for name, value in row.items() if name != "_id"}
    return {"collection": collection, "id": row["_id"], "content": content}
