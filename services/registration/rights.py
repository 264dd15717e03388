"""Whose object it is: what a role alone does not say."""

from __future__ import annotations

from contracts.errors import Refusal
from contracts.words import Role
from plumbing.identity.caller import Caller

SENDER = "service:notify"


def require_unit(caller: Caller, unit_id: str, otherwise: Refusal) -> None:
    """Raise the refusal for an entrant of another unit; he may not even know that it is there."""
    if not caller.has(Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR) and caller.unit_id != unit_id:
        raise otherwise


def require_expert(caller: Caller, expert_id: str, otherwise: Refusal) -> None:
    """Raise the refusal for another expert."""
    if not caller.has(Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR) and caller.expert_id != expert_id:
        raise otherwise
