"""How often the public methods may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limit:
    """At most ``most`` tries of a key within ``seconds`` from the first."""

    name: str
    most: int
    seconds: int


ACCOUNT_FROM_ADDRESS: Final = Limit("sign_in.account_address", 10, 900)
ACCOUNT: Final = Limit("sign_in.account", 30, 900)
"""Wider than the one above, so that a stranger elsewhere cannot easily lock an owner out."""
ADDRESS: Final = Limit("sign_in.address", 200, 900)
LINKS: Final = Limit("links.address", 200, 900)
SIGNUPS: Final = Limit("signups.address", 200, 3600)
RESETS: Final = Limit("resets.account", 5, 3600)
RESETS_FROM_ADDRESS: Final = Limit("resets.address", 50, 3600)
REFRESHES: Final = Limit("refreshes.session", 120, 900)
BOOTSTRAPS: Final = Limit("bootstrap", 10, 900)
