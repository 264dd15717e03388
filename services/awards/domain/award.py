"""An award and its steps: proposed, in publicity, objected, published, certified, or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.errors import Conflict, InvalidInput, OutsideWindow
from contracts.words import AwardStatus

PROPOSED, IN_PUBLICITY, OBJECTED = AwardStatus.PROPOSED, AwardStatus.IN_PUBLICITY, AwardStatus.OBJECTED
PUBLISHED, CERTIFIED, WITHDRAWN = AwardStatus.PUBLISHED, AwardStatus.CERTIFIED, AwardStatus.WITHDRAWN
FINAL = frozenset({PUBLISHED, CERTIFIED})
KNOWN_OUTSIDE = frozenset({IN_PUBLICITY, OBJECTED, PUBLISHED, CERTIFIED})


@dataclass
class Award:
    """One prize for one laureate; ``position`` orders a proposal. An organisation has no case or unit."""

    id: str
    edition_id: str
    proposal_id: str
    position: int
    prize: str
    prize_name: dict[str, str]
    laureate: str
    title: str | None
    case_id: str | None
    unit_id: str | None
    track: str | None
    contact_account: str | None
    rank: int | None
    score: str | None
    joint_units: list[str]
    status: AwardStatus = PROPOSED
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    open_objections: int = 0
    held: str | None = None
    """Why it may not be published for now although nobody objected: the case was disqualified."""
    published_at: datetime | None = None
    certificate_number: str | None = None
    withdrawn_from: AwardStatus | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    correlation_id: str = ""
    """Of the command that published it, so that its certificate and letter are found by it."""
    version: int = 0

    def open_publicity(self, opens_at: datetime, closes_at: datetime) -> None:
        """Make the proposed prize public until a date."""
        self._need({PROPOSED})
        self.status, self.opens_at, self.closes_at = IN_PUBLICITY, opens_at, closes_at

    def object(self) -> None:
        """Note one more open objection; the award waits."""
        self._need({IN_PUBLICITY, OBJECTED})
        self.open_objections += 1
        self.status = OBJECTED

    def dismiss_objection(self) -> None:
        """Note that one objection was dismissed; with none left open the award goes on."""
        if self.status == WITHDRAWN:
            self.open_objections -= 1
            return
        self._need({OBJECTED})
        self.open_objections -= 1
        if self.open_objections == 0:
            self.status = IN_PUBLICITY

    def uphold_objection(self, reason: str, at: datetime) -> None:
        """Withdraw the award for an objection that was right."""
        self._need({OBJECTED, WITHDRAWN})
        self.open_objections -= 1
        if self.status != WITHDRAWN:
            self.withdraw(reason, at)

    def hold(self, why: str) -> None:
        """Keep an award from being published; one that is final must be withdrawn instead."""
        self._need({PROPOSED, IN_PUBLICITY, OBJECTED})
        self.held = why

    def release(self) -> None:
        """Lift what held it."""
        self.held = None

    def hindrance(self, now: datetime) -> str | None:
        """Return why it cannot be published now, in one word, or None when it can."""
        if self.status in FINAL:
            return "published_already"
        if self.status in (PROPOSED, OBJECTED, WITHDRAWN):
            return str(self.status)
        if self.held:
            return "held"
        return None if self.closes_at is not None and now >= self.closes_at else "in_publicity"

    def publish(self, now: datetime, correlation_id: str = "") -> None:
        """Make the prize final, after the period, with no objection open.

        Raises OutsideWindow before the period's end, Conflict for any other hindrance.
        """
        hindrance = self.hindrance(now)
        if hindrance == "in_publicity":
            raise OutsideWindow(
                "公示期未满，不能公布。", "The publicity period is not over.", window="publicity",
                opens_at=self.opens_at and self.opens_at.isoformat(),
                closes_at=self.closes_at and self.closes_at.isoformat(), decided_at=now.isoformat(),
            )  # fmt: skip
        if hindrance:
            raise Conflict("该奖项现在不能公布。", "The award cannot be published now.", status=hindrance)
        self.status, self.published_at, self.correlation_id = PUBLISHED, now, correlation_id

    def allot(self, number: str) -> None:
        """Give it the number of its certificate, which is not made yet."""
        self._need({PUBLISHED})
        if self.certificate_number is not None:
            raise Conflict("证书编号已分配。", "It has a certificate number already.", award_id=self.id)
        self.certificate_number = number

    def certify(self) -> None:
        """Note that its certificate is made."""
        self._need({PUBLISHED})
        self.status = CERTIFIED

    def withdraw(self, reason: str, at: datetime) -> None:
        """Take the prize back, with a reason."""
        self._need(set(AwardStatus) - {WITHDRAWN})
        if not reason.strip():
            raise InvalidInput.of("reason", "required", "撤销奖项须写明理由", "Withdrawing needs a reason.")
        if self.status == PUBLISHED:
            self.certificate_number = None  # not made yet; a reinstated award gets a new one
        self.withdrawn_from, self.withdrawn_at, self.withdrawn_reason = self.status, at, reason
        self.status = WITHDRAWN

    def reinstate(self) -> None:
        """Undo a withdrawal of an award that had been published; its certificate holds again."""
        if self.status != WITHDRAWN or self.withdrawn_from not in FINAL:
            raise Conflict("只有已公布后被撤销的奖项可以恢复。",
                           "Only an award that was withdrawn after publishing can be reinstated.",
                           status=str(self.status))  # fmt: skip
        self.status = self.withdrawn_from
        self.withdrawn_from, self.withdrawn_at, self.withdrawn_reason, self.held = None, None, "", None

    def _need(self, allowed: set[AwardStatus]) -> None:
        if self.status not in allowed:
            raise Conflict("该奖项当前状态不允许此操作。", "The award's state does not allow this.",
                           award_id=self.id, status=str(self.status))  # fmt: skip
