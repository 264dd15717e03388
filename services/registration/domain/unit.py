"""A unit: signs up once for all editions, changes its particulars, is suspended and reinstated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.edition import Edition
from contracts.errors import Conflict, InvalidInput, OutsideWindow
from contracts.fields import format_moment
from contracts.words import UnitStatus

CHANGEABLE = ("name", "kind", "province", "group_unit", "recommender", "contact_account")


@dataclass
class Unit:
    id: str
    edition_id: str
    name: str
    uscc: str
    kind: str
    province: str
    group_unit: str | None
    recommender: str | None
    contact_account: str
    registered_at: datetime
    status: str = str(UnitStatus.ACTIVE)
    version: int = 0

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take over new particulars; a suspended unit changes nothing."""
        self.require_active()
        for name in CHANGEABLE:
            if name in changes:
                setattr(self, name, changes[name])

    def suspend(self) -> None:
        """Keep the unit from acting."""
        self.require_active()
        self.status = str(UnitStatus.SUSPENDED)

    def reinstate(self) -> None:
        """Let the unit act again."""
        if self.status != UnitStatus.SUSPENDED:
            raise Conflict("单位未被暂停。", "The unit is not suspended.")
        self.status = str(UnitStatus.ACTIVE)

    def require_active(self) -> None:
        """Raise Conflict for a suspended unit."""
        if self.status != UnitStatus.ACTIVE:
            raise Conflict("单位已被暂停。", "The unit is suspended.", status=self.status)

    def told(self) -> dict[str, Any]:
        """Return the unit as its events tell it."""
        told = asdict(self)
        told["unit_id"] = told.pop("id")
        for name in ("edition_id", "registered_at", "version"):
            del told[name]
        return told


def require_signup_open(edition: Edition, now: datetime) -> None:
    """Raise OutsideWindow unless the edition's sign-up is open: [opens_at, closes_at)."""
    window = edition.window("signup")
    if window.opens_at <= now < window.closes_at:
        return
    late = now >= window.closes_at
    raise OutsideWindow(
        f"“{window.name.zh}”{'已经结束' if late else '尚未开始'}。",
        f"{window.name.en} {'is over' if late else 'has not begun'}.",
        window=window.id, opens_at=format_moment(window.opens_at), closes_at=format_moment(window.closes_at),
        now=format_moment(now),
    )  # fmt: skip


def require_kind_admitted(edition: Edition, kind: str) -> None:
    """Raise InvalidInput unless the edition admits units of this kind."""
    if kind not in edition.unit_kinds:
        zh, en = "本届不接受这类单位", "This edition does not admit units of this kind."
        raise InvalidInput.of("kind", "eligibility", zh, en)
