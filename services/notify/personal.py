"""What notify keeps of a person, and its erasure: that a letter went stays, its words and address do not."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
ERASED = {"zh": "已删除", "en": "erased"}


def show_personal(reading: Any, account_id: str) -> list[Json]:
    """Return the letters written to the account and its in-site messages."""
    found = []
    for collection in ("letters", "messages"):
        for row in reading.collection(collection).find({"account_id": account_id}, sort=[("_id", 1)]):
            content = {name: value for name, value in row.items() if name not in ("_id", "claim_token")}
            found.append({"collection": collection, "id": row["_id"], "content": content})
    return found


def erase_personal(tx: Any, account_id: str) -> int:
    """Remove the account's messages, and from its letters the words and the masked address."""
    messages = tx.collection("messages").delete_many({"account_id": account_id}).deleted_count
    letters = tx.collection("letters").update_many(
        {"account_id": account_id, "subject": {"$ne": ERASED}},
        {
            "$set": {
                "subject": ERASED, "body": ERASED, "sent_to": None, "problem": None, "steps.$[].note": "",
            },
            "$inc": {"version": 1},
        },
    )  # fmt: skip
    return int(messages + letters.modified_count)
