"""How an address is shown to staff who trace a letter."""

from __future__ import annotations


def mask_address(address: str) -> str:
    """Show the first letter and the domain of a mail address: ``z***@example.cn``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"[:120]
