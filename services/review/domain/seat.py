"""One expert's duty to judge one case in one round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.errors import Conflict
from contracts.words import AssignmentStatus

HELD = (AssignmentStatus.ASSIGNED.value, AssignmentStatus.ACCEPTED.value, AssignmentStatus.SCORED.value)


@dataclass
class Seat:
    """assigned → accepted → scored; or recused, or revoked by others. ``active``: it counts for the case."""

    id: str
    round_id: str
    edition_id: str
    stage: str
    case_id: str
    track: str
    expert_id: str
    account_id: str
    assigned_at: datetime
    status: str = AssignmentStatus.ASSIGNED.value
    active: bool = True
    version: int = 0
    revision: int = 0
    """How many sheets were handed in, older ones included."""
    sheet_id: str | None = None
    ground: str | None = None
    dropped: bool = False
    """Not active because the case left the contest; it comes back with the case."""

    def accept(self) -> None:
        """Take the duty on, after the declarations."""
        if self.status == AssignmentStatus.ASSIGNED:
            self.status = AssignmentStatus.ACCEPTED.value

    def require_accepted(self) -> None:
        """Raise Conflict unless the duty was taken on and not given back."""
        if self.status == AssignmentStatus.ASSIGNED:
            raise Conflict("请先签署保密承诺并申报利益关系。", "Accept the duty and declare conflicts first.",
                           status=self.status)  # fmt: skip
        if self.status not in HELD or not self.active:
            raise Conflict(
                "该评审任务已取消。", "This assignment does not stand any more.", status=self.status
            )

    def score(self, sheet_id: str) -> int:
        """Hand in a sheet, the first or a better one; return its number."""
        self.require_accepted()
        self.status, self.sheet_id = AssignmentStatus.SCORED.value, sheet_id
        self.revision += 1
        return self.revision

    def reopen(self) -> None:
        """Ask for a new sheet, because the case has a new revision."""
        if self.status == AssignmentStatus.SCORED:
            self.status, self.sheet_id = AssignmentStatus.ACCEPTED.value, None

    def leave(self, status: AssignmentStatus, ground: str) -> None:
        """Give the seat up: RECUSED or REVOKED."""
        if self.status not in HELD:
            raise Conflict(
                "该评审任务已取消。", "This assignment does not stand any more.", status=self.status
            )
        self.status, self.active, self.ground, self.sheet_id = status.value, False, ground, None
