"""Reading the letters that arrived in the local mail folder, as the people of the contest would."""

from __future__ import annotations

import email
import email.policy
import re
import threading
from email.message import EmailMessage
from pathlib import Path

ONE_TIME_LINK = re.compile(
    r"https?://[^\s\"'<>]+/(?:invitation|accept|reset)[^\s\"'<>]*?[/=#]([A-Za-z0-9_\-]{20,})"
)


class Mailbox:
    """A Maildir; letters are parsed once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._letters: dict[str, EmailMessage] = {}
        self._lock = threading.Lock()

    def letters(self) -> list[EmailMessage]:
        """Return every letter that has arrived."""
        with self._lock:
            for path in [*self.folder.glob("new/*"), *self.folder.glob("cur/*")]:
                if path.name not in self._letters:
                    with path.open("rb") as file:
                        self._letters[path.name] = email.message_from_binary_file(
                            file, policy=email.policy.default, _class=EmailMessage
                        )
            return list(self._letters.values())

    def secret_for(self, address: str) -> str | None:
        """Return the secret of the newest one-time link sent to an address, or None."""
        found = None
        for letter in self.letters():
            if address in str(letter["to"]):
                body = letter.get_body(("plain", "html"))
                match = ONE_TIME_LINK.search(body.get_content() if body else "")
                found = match.group(1) if match else found
        return found

    def has_arrived(self, letter_id: str) -> bool:
        """Say whether the letter of this id lies here."""
        return any(letter["x-xinlv-letter"] == letter_id for letter in self.letters())

    def repeated(self) -> list[str]:
        """Return the Message-IDs that arrived more than once."""
        seen: dict[str, int] = {}
        for letter in self.letters():
            seen[str(letter["message-id"])] = seen.get(str(letter["message-id"]), 0) + 1
        return [name for name, count in seen.items() if count > 1]
