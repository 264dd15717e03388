"""Which event makes which letter, and what must be known before it can be written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, Final


class Needs(Flag):
    """What a letter speaks of besides its event."""

    NOTHING = 0
    EDITION = auto()
    CASE = auto()
    UNIT = auto()
    AWARD = auto()
    CASE_IF_SUBMITTED = auto()
    """A draft's case is known to nobody but submission; of a submitted one the letter says which it is."""


@dataclass(frozen=True)
class Occasion:
    """``account`` is the event's field that names who is told; ``case``, ``award``: the contact of those."""

    template: str
    needs: Needs
    account: str = "contact_account"
    link: str | None = None
    """The one-time link the letter carries, minted at the moment of sending."""


E, C, U, A = Needs.EDITION, Needs.CASE, Needs.UNIT, Needs.AWARD

OCCASIONS: Final[dict[str, Occasion]] = {
    "UnitRegistered": Occasion("unit_registered", Needs.NOTHING),
    "UnitSuspended": Occasion("unit_suspended", Needs.NOTHING),
    "ExpertSuspended": Occasion("expert_suspended", Needs.NOTHING, "account_id"),
    "AccountInvited": Occasion("account_invited", Needs.NOTHING, "account_id", link="invitation"),
    "PasswordResetRequested": Occasion("password_reset", Needs.NOTHING, "account_id", link="reset"),
    "CaseSubmitted": Occasion("case_submitted", E),
    "CaseRevised": Occasion("case_revised", E),
    "CaseWithdrawn": Occasion("case_withdrawn", E | C, "case"),
    "MaterialQuarantined": Occasion("material_quarantined", Needs.CASE_IF_SUBMITTED),
    "QualificationPassed": Occasion("qualification_passed", E | U),
    "QualificationReturned": Occasion("qualification_returned", E | U),
    "QualificationRejected": Occasion("qualification_rejected", E | U),
    "CaseReturned": Occasion("case_returned", E | C),
    "FormalReviewPassed": Occasion("formal_passed", E | C),
    "FormalReviewFailed": Occasion("formal_failed", E | C),
    "CaseDisqualified": Occasion("case_disqualified", E | C),
    "CaseReinstated": Occasion("case_reinstated", E | C),
    "ExpertsAssigned": Occasion("experts_assigned", E, "account_id"),
    "ObjectionFiled": Occasion("objection_filed", E | A, "award"),
    "ObjectionResolved": Occasion("objection_resolved", E | A, "award"),
    "AwardPublished": Occasion("award_published", E),
    "CertificateIssued": Occasion("certificate_issued", E),
    "AwardWithdrawn": Occasion("award_withdrawn", E),
}
"""PublicityOpened (many awards) and ScheduleMoved (everybody with a case) have reactions of their own;
RoundScored is internal until its results are released, so nobody is written to because of it."""

WAITED_FOR: Final = ("password_reset", "account_invited")
"""Templates that somebody waits for at his screen, or will: sent before all others, in this order."""

LINKS: Final = {occasion.template: occasion.link for occasion in OCCASIONS.values() if occasion.link}
"""Templates whose letters carry a one-time link, and for what purpose."""


def recipient_of(occasion: Occasion, data: dict[str, Any], about: dict[str, Any]) -> str | None:
    """Return the account that is told, or None where the event concerns nobody with an account."""
    if occasion.account in ("case", "award"):
        found = (about.get(occasion.account) or {}).get("contact_account")
    else:
        found = data.get(occasion.account)
    return str(found) if found else None
