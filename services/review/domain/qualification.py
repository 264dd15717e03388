"""Whether a unit may take part: decided once for a unit in an edition, holding for all its cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.edition import Edition
from contracts.errors import Conflict, InvalidInput
from contracts.words import QualificationStatus
from services.review.domain.reasons import Reasons, check_reasons

DECISIONS = ("pass", "return", "reject")


def qualification_id(edition_id: str, unit_id: str) -> str:
    """Return the natural key of a unit's qualification in an edition."""
    return f"{edition_id}:{unit_id}"


@dataclass
class Qualification:
    """pending → passed | rejected | returned; returned → pending when the unit corrects its papers."""

    id: str
    edition_id: str
    unit_id: str
    opened_at: datetime
    status: str = QualificationStatus.PENDING.value
    version: int = 0
    decided_at: datetime | None = None
    decided_by: str | None = None
    reasons: Reasons = field(default_factory=list)
    due_at: datetime | None = None
    cases: int = 0
    """Submitted cases; counting them here makes a case that comes in and a decision meet."""
    unit_sequence: int = 0
    """The state of the unit that was looked at, so that only a later one counts as a correction."""

    def decide(
        self, decision: str, reasons: Sequence[Mapping[str, str]], days: int | None, edition: Edition,
        now: datetime, actor: str, unit_sequence: int,
    ) -> None:  # fmt: skip
        """Pass, return or reject the unit.

        A return is due after ``days`` (the edition's own number when None). Raises Conflict when it was
        passed or rejected before, InvalidInput when the reasons do not fit the decision.
        """
        if self.status not in (QualificationStatus.PENDING, QualificationStatus.RETURNED):
            raise Conflict(
                "该单位的资格审核已有结论。", "The qualification was decided before.", status=self.status
            )
        if decision == "pass":
            if reasons:
                raise InvalidInput.of(
                    "reasons", "unknown", "通过不需要理由代码", "Passing takes no reason codes."
                )
            self.reasons, self.due_at, self.status = [], None, QualificationStatus.PASSED.value
        elif decision == "return":
            self.reasons = check_reasons(edition, "qualification_return", reasons)
            self.due_at = now + timedelta(days=days or edition.qualification_return_days)
            self.status = QualificationStatus.RETURNED.value
        else:
            self.reasons = check_reasons(edition, "qualification_reject", reasons)
            self.due_at, self.status = None, QualificationStatus.REJECTED.value
        self.decided_at, self.decided_by, self.unit_sequence = now, actor, unit_sequence

    def take_correction(self, unit_sequence: int) -> bool:
        """Go back to pending when the unit changed after it was returned; say whether anything changed."""
        if self.status != QualificationStatus.RETURNED or unit_sequence <= self.unit_sequence:
            return False
        self.status, self.due_at = QualificationStatus.PENDING.value, None
        return True
