"""What awards keeps of a person, and its erasure: an objection stays, who filed it does not."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
NOBODY = {"name": "已注销", "uscc": None, "sealed_letter": "", "phone": "", "email": ""}
STILL_NAMED = {"objector.name": {"$ne": NOBODY["name"]}}


def show_personal(reading: Any, account_id: str) -> list[Json]:
    """Return the objections the account filed, and the nominations it made or voted on."""
    found = []
    for collection, query in (
        ("objections", {"filed_by": account_id}),
        ("nominations", {"$or": [{"nominated_by": account_id}, {"votes.account": account_id}]}),
    ):
        for row in reading.collection(collection).find(query, sort=[("_id", 1)]):
            content = {name: value for name, value in row.items() if name not in ("_id", "votes", "salt")}
            if "votes" in row:
                content["own_votes"] = [vote for vote in row["votes"] if vote["account"] == account_id]
            found.append({"collection": collection, "id": row["_id"], "content": content})
    return found


def erase_personal(tx: Any, account_id: str) -> int:
    """Blank the names and contacts in the objections that the account filed."""
    return blank_objectors(tx, {"filed_by": account_id})


def blank_objectors(tx: Any, query: Json) -> int:
    """Blank the objectors of the objections found; return how many."""
    named = {**query, **STILL_NAMED}
    change = {"$set": {f"objector.{name}": value for name, value in NOBODY.items()}, "$inc": {"version": 1}}
    return int(tx.collection("objections").update_many(named, change).modified_count)
