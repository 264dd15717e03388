"""Who calls: what a verified token says of its bearer."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import NotAllowed
from contracts.words import Role


@dataclass(frozen=True)
class Caller:
    """``subject`` is an account id, ``service:<name>``, or ``anonymous`` with no roles."""

    subject: str
    roles: frozenset[Role] = frozenset()
    unit_id: str | None = None
    expert_id: str | None = None
    token_id: str = ""
    address: str = ""
    """Client address as the site tells it, for throttling; empty when unknown."""

    def has(self, *roles: Role) -> bool:
        """Say whether the caller has one of these roles."""
        return bool(self.roles & set(roles))

    def require(self, *roles: Role) -> None:
        """Raise NotAllowed unless the caller has one of these roles."""
        if not self.has(*roles):
            raise NotAllowed("您没有办理此事的权限。", "You do not have the role that this needs.")


ANONYMOUS = Caller("anonymous")


def service_caller(name: str) -> Caller:
    """Return the identity under which a service acts by itself."""
    return Caller(f"service:{name}", frozenset({Role.SERVICE}))
