"""In-site messages."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound


def mark_message_read(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Mark one of the caller's own messages as read; a second time changes nothing."""
    own = {"_id": args["message_id"], "account_id": tx.caller.subject}
    message = tx.collection("messages").find_one(own)
    if message is None:
        raise NotFound("没有这条消息。", "There is no such message.", message_id=args["message_id"])
    read_at = message["read_at"] or tx.now
    if message["read_at"] is None:
        tx.collection("messages").update_one(own, {"$set": {"read_at": read_at}})
    return {"message_id": message["_id"], "read_at": read_at}
