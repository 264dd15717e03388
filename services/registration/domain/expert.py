"""An expert: enrolled and invited, then active or declined; suspended and reinstated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.errors import Conflict, FieldError, InvalidInput
from contracts.words import ExpertStatus

ERASED = "已注销"
PARTICULARS = ("employer", "employer_uscc", "group_unit", "province", "past_employers", "tracks", "capacity")


@dataclass
class Expert:
    id: str
    account_id: str
    employer: str
    employer_uscc: str | None
    group_unit: str | None
    province: str
    past_employers: list[dict[str, Any]]
    tracks: list[str]
    capacity: int
    enrolled_at: datetime
    status: str = str(ExpertStatus.INVITED)
    version: int = 0

    def accept(self) -> None:
        """Agree to judge."""
        self._answer(ExpertStatus.ACTIVE)

    def decline(self) -> None:
        """Refuse to judge."""
        self._answer(ExpertStatus.DECLINED)

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take over new particulars."""
        for name in PARTICULARS:
            if name in changes:
                setattr(self, name, changes[name])

    def suspend(self) -> None:
        """Keep the expert from judging."""
        if self.status == ExpertStatus.SUSPENDED:
            raise Conflict("专家已被暂停。", "The expert is already suspended.")
        self.status = str(ExpertStatus.SUSPENDED)

    def erase(self) -> None:
        """Blank what tells who he is or was; he judges no more.

        The province stays: the event that tells of him must name one.
        """
        self.employer, self.employer_uscc, self.group_unit = ERASED, None, None
        self.past_employers, self.tracks = [], []
        self.status = str(ExpertStatus.SUSPENDED)

    def reinstate(self, account_status: str) -> None:
        """Let the expert judge again, where his account stands: active, or still invited."""
        if account_status == "erased":
            raise Conflict("账号信息已删除。", "The account is erased.")
        if self.status != ExpertStatus.SUSPENDED:
            raise Conflict("专家未被暂停。", "The expert is not suspended.")
        known = account_status in ("active", "declined")
        self.status = account_status if known else str(ExpertStatus.INVITED)

    def told(self) -> dict[str, Any]:
        """Return the expert as his events tell him: no name, no contact."""
        told = asdict(self)
        told["expert_id"] = told.pop("id")
        for name in ("enrolled_at", "version"):
            del told[name]
        return told

    def _answer(self, status: ExpertStatus) -> None:
        if self.status != ExpertStatus.INVITED:
            raise Conflict("邀请已经处理过。", "The invitation was already answered.", status=self.status)
        self.status = str(status)


def require_tracks_known(tracks: Iterable[str], known: frozenset[str]) -> None:
    """Raise InvalidInput naming every track that no published edition has."""
    wrong = [
        FieldError(f"tracks.{index}", "reference", "没有这个赛项", "There is no such track.")
        for index, track in enumerate(tracks)
        if track not in known
    ]
    if wrong:
        raise InvalidInput(wrong)
