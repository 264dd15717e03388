"""A case in a round: how many sheets it wants, how many it has, and whether experts differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.edition import Method
from contracts.errors import Conflict
from services.review.domain.gap import is_unanswered, is_wide, sheets_needed, spread_of

IN, RETURNED, DECIDED, DROPPED = "in", "returned", "decided", "dropped"


def round_case_id(round_id: str, case_id: str) -> str:
    """Return the natural key of a case in a round."""
    return f"{round_id}:{case_id}"


@dataclass
class RoundCase:
    """in → decided; returned and in again (formal review); dropped when the case leaves the contest.

    Every sheet and every seat changes this document, so that two who act on one case at once meet here.
    """

    id: str
    round_id: str
    case_id: str
    unit_id: str
    track: str
    number: str
    need: int
    status: str = IN
    version: int = 1
    assigned: int = 0
    sheets: int = 0
    spread: str = "0"
    gap: bool = False
    ruled: bool = False
    decision: str | None = None
    frozen: bool = False
    record_hash: str | None = None
    status_before: str | None = None

    @property
    def is_undecided(self) -> bool:
        """Say whether sheets may still be set aside: what was decided on them and told stands."""
        return self.status in (IN, RETURNED) and not self.frozen

    def require_in(self) -> None:
        """Raise Conflict unless the case is still to be judged in this round."""
        if self.status != IN or self.frozen:
            raise Conflict(
                "该案例在本轮已不可评审。",
                "The case is not open to judging.",
                status=self.status,
            )

    def count(self, totals: Sequence[Decimal], panel: int, method: Method) -> None:
        """Take the totals of the current sheets: how far apart they are, how many sheets that calls for.

        A panel's ruling goes with the sheets it saw: asked for whenever they changed.
        """
        self.ruled = False
        self.sheets, self.spread = len(totals), str(spread_of(totals))
        self.need = max(sheets_needed(totals, panel, method.gap), panel)
        self.gap = is_unanswered(totals, panel, method.gap, ruled=False)

    def rule(self, totals: Sequence[Decimal], gap: Decimal | None) -> None:
        """Record that a panel looked at a wide gap and lets the sheets stand."""
        self.require_in()
        if not is_wide(totals, gap):
            raise Conflict("该案例的评分差距未超限。", "The experts do not differ that far on this case.")
        self.ruled, self.gap = True, False

    def decide(self, decision: str, returned: bool) -> None:
        """Take the formal review's decision."""
        self.require_in()
        self.status, self.decision, self.gap = (RETURNED if returned else DECIDED), decision, False

    def reopen(self, panel: int) -> None:
        """Judge a new revision: no sheet counts any more."""
        self.status, self.decision, self.need = IN, None, max(panel, self.assigned)
        self.sheets, self.spread, self.gap, self.ruled = 0, "0", False, False

    def drop(self) -> None:
        """Leave the round because the case left the contest."""
        self.status_before, self.status, self.record_hash = self.status, DROPPED, None

    def restore(self) -> None:
        """Undo ``drop``."""
        if self.status == DROPPED:
            self.status, self.status_before = self.status_before or IN, None
