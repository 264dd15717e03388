"""Where a case stands on the judging side, and which steps it may take from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.edition import Edition, Stage
from contracts.errors import Conflict
from contracts.words import AssessmentStatus, FormalDecision, Outcome, StageKind
from services.review.domain.disqualification import Disqualification, require_pending
from services.review.domain.reasons import Reasons

GONE = (AssessmentStatus.DISQUALIFIED.value, AssessmentStatus.WITHDRAWN.value)
WAITING_FOR = {
    StageKind.FORMAL: (AssessmentStatus.WAITING.value,),
    StageKind.TRACK: (AssessmentStatus.QUALIFIED.value, AssessmentStatus.ADVANCED.value),
    StageKind.FINAL: (AssessmentStatus.QUALIFIED.value, AssessmentStatus.ADVANCED.value),
}
IN_JUDGING = {
    StageKind.FORMAL: AssessmentStatus.IN_FORMAL_REVIEW.value,
    StageKind.TRACK: AssessmentStatus.IN_ROUND.value,
    StageKind.FINAL: AssessmentStatus.IN_ROUND.value,
}


@dataclass
class Assessment:
    """waiting → formal review → qualified → round → advanced … → finalist; or returned, failed, stopped."""

    id: str
    edition_id: str
    unit_id: str
    track: str
    contact_account: str
    number: str
    title: str
    revision: int
    next_stage: str | None
    status: str = AssessmentStatus.WAITING.value
    version: int = 0
    round_id: str | None = None
    due_at: datetime | None = None
    reasons: Reasons = field(default_factory=list)
    disqualification: Disqualification | None = None
    status_before: str | None = None
    unit_passed: bool = False
    """Whether the unit's qualification was passed; kept here so that waiting cases are found by one index."""

    def conclude_formal(
        self, decision: str, reasons: Reasons, edition: Edition, stage: Stage, now: datetime
    ) -> None:
        """Take what the formal review says: pass, return with a date, or fail."""
        if self.status != AssessmentStatus.IN_FORMAL_REVIEW:
            raise Conflict("该案例不在形式审查中。", "The case is not in formal review.", status=self.status)
        self.reasons = reasons
        if decision == FormalDecision.PASS:
            following = edition.stage_after(stage.id)
            self.status, self.round_id = AssessmentStatus.QUALIFIED.value, None
            self.next_stage = following.id if following else None
        elif decision == FormalDecision.RETURN:
            self.status, self.due_at = (
                AssessmentStatus.RETURNED.value,
                now + timedelta(days=stage.return_days),
            )
        else:
            self.status, self.round_id, self.next_stage = AssessmentStatus.FAILED.value, None, None

    def take_revision(self, revision: int, title: str, round_open: bool) -> bool:
        """Take a newer revision; say whether experts have to look again (formal review only)."""
        if revision <= self.revision:
            return False
        self.revision, self.title = revision, title
        if self.status == AssessmentStatus.RETURNED:
            self.status, self.due_at, self.reasons = AssessmentStatus.IN_FORMAL_REVIEW.value, None, []
            if not round_open:
                self.status, self.round_id = AssessmentStatus.WAITING.value, None
        return self.status == AssessmentStatus.IN_FORMAL_REVIEW

    def conclude_round(self, outcome: str, edition: Edition, stage: Stage) -> None:
        """Take what a closed round says. Who was judged in the final is a finalist whatever his rank.

        A case that was knocked out since stays so, and would come back to where the result puts it.
        """
        if self.status == AssessmentStatus.WITHDRAWN:
            return
        following = edition.stage_after(stage.id)
        self.round_id, self.next_stage = None, None
        if stage.kind == StageKind.FINAL:
            reached = AssessmentStatus.FINALIST.value
        elif outcome == Outcome.ADVANCED:
            reached, self.next_stage = AssessmentStatus.ADVANCED.value, following.id if following else None
        else:
            reached = AssessmentStatus.STOPPED.value
        if self.status == AssessmentStatus.DISQUALIFIED:
            self.status_before = reached
        else:
            self.status = reached

    def reject_unit(self, reasons: Reasons) -> None:
        """Leave the contest before any judging, because the unit may not take part, for its reasons.

        A case that was knocked out stays so, and would come back as failed.
        """
        failed = AssessmentStatus.FAILED.value
        if self.status == AssessmentStatus.WAITING:
            self.status, self.next_stage, self.reasons = failed, None, reasons
        elif self.status_before == AssessmentStatus.WAITING:
            self.status_before, self.next_stage, self.reasons = failed, None, reasons

    def withdraw(self) -> bool:
        """Leave the contest at the unit's own wish; say whether anything changed."""
        if self.status == AssessmentStatus.WITHDRAWN:
            return False
        self.status, self.next_stage = AssessmentStatus.WITHDRAWN.value, None
        return True

    def propose_disqualification(self, reasons: Reasons, actor: str, now: datetime) -> None:
        """Propose to knock the case out."""
        self._require_in_contest()
        if self.disqualification is not None:
            raise Conflict("已有待确认的取消资格提议。", "A disqualification waits for confirmation already.")
        self.disqualification = Disqualification(actor, now, reasons)

    def confirm_disqualification(self, actor: str, now: datetime) -> Reasons:
        """Knock the case out, as the second person; return the reasons."""
        proposal = require_pending(self.disqualification)
        self._require_in_contest()
        proposal.confirm(actor, now)
        self.status_before, self.status = self.status, AssessmentStatus.DISQUALIFIED.value
        return proposal.reasons

    def drop_disqualification(self) -> None:
        """Take a proposed disqualification off the table."""
        require_pending(self.disqualification)
        self.disqualification = None

    def _require_in_contest(self) -> None:
        if self.status in GONE:
            raise Conflict(
                "该案例已退出评审。", "The case is out of the contest already.", status=self.status
            )

    def reinstate(self, round_open: bool) -> None:
        """Undo a disqualification: back to where it was, or to waiting where its round is over."""
        if self.status != AssessmentStatus.DISQUALIFIED or self.status_before is None:
            raise Conflict("该案例未被取消资格。", "The case is not disqualified.", status=self.status)
        self.status, self.status_before, self.disqualification = self.status_before, None, None
        if round_open:
            return
        if self.status in (AssessmentStatus.IN_FORMAL_REVIEW, AssessmentStatus.RETURNED):
            self.status, self.round_id = AssessmentStatus.WAITING.value, None
        elif self.status == AssessmentStatus.IN_ROUND:
            self.status, self.round_id = AssessmentStatus.QUALIFIED.value, None
