"""A knock-out (secrecy, falsification, dispute …): one person proposes it, another one confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.errors import Conflict, NotAllowed
from services.review.domain.reasons import Reasons


@dataclass
class Disqualification:
    """A proposal with its reasons; ``confirmed_by`` is never who proposed it."""

    proposed_by: str
    proposed_at: datetime
    reasons: Reasons
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    def confirm(self, actor: str, now: datetime) -> None:
        """Confirm it as the second person.

        Raises NotAllowed for the one who proposed it.
        """
        if actor == self.proposed_by:
            raise NotAllowed("须由另一人确认。", "A second person must confirm this.")
        self.confirmed_by, self.confirmed_at = actor, now


def require_pending(proposal: Disqualification | None) -> Disqualification:
    """Return the proposal that waits for its second person; Conflict when there is none."""
    if proposal is None or proposal.confirmed_by is not None:
        raise Conflict("没有待确认的取消资格提议。", "No disqualification waits for confirmation.")
    return proposal
