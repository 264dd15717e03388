"""How an address is shown to staff who trace a letter."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
SHORTEST_LOCAL = 3


def mask_address(address: str) -> str:
    """Show the first letter and the domain of a mail address: ``z***@example.cn``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"[:120]


def mask_addresses(text: str, recipient: str = "") -> str:
    """Mask every mail address in what a mail server said, and the recipient's mailbox named alone.

    Servers like to quote whom they refuse, and what they say is logged, told in events and shown to staff.
    """
    local = recipient.rpartition("@")[0]
    masked = ADDRESS.sub(lambda found: mask_address(found[0]), text)
    if len(local) >= SHORTEST_LOCAL:
        alone = rf"(?<![\w*]){re.escape(local)}(?!\w)"
        masked = re.sub(alone, f"{local[:1]}***", masked, flags=re.IGNORECASE)
    return masked
