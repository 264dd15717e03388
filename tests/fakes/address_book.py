"""What notify asks of registration at the moment of sending, answered from a list of people."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound, Refusal


class AddressBook:
    """Set ``refusal`` to have every question refused; ``asked`` keeps (method, account)."""

    def __init__(self, **people: str) -> None:
        self.people = people
        self.asked: list[tuple[str, str]] = []
        self.refusal: Refusal | None = None

    def call(self, service: str, method: str, args: dict[str, Any] | None = None, **_: Any) -> dict[str, Any]:
        """Answer letter_recipient and letter_link as registration does."""
        account = (args or {})["account_id"]
        self.asked.append((method, account))
        if self.refusal:
            raise self.refusal
        if account not in self.people:
            raise NotFound("没有这个账号。", "There is no such account.")
        if method == "letter_link":
            return {"url": f"http://localhost:8000/invitation/secret-{len(self.asked)}", "expires_at": None}
        return {"account_id": account, "name": "陈晓明", "email": self.people[account], "language": "zh"}
