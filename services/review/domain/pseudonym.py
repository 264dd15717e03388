"""The name under which an expert stands on a round's record."""

from __future__ import annotations

import hashlib
import hmac


def pseudonym_of(salt: str, expert_id: str) -> str:
    """Return an expert's pseudonym in the round whose salt this is.

    Without the salt nobody can tell who it was, nor link one round's record to another's.
    """
    digest = hmac.new(bytes.fromhex(salt), expert_id.encode(), hashlib.sha256).hexdigest()
    return f"E-{digest[:16]}"
