"""A session: a family of refresh tokens of which one at a time is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ACCESS_SECONDS = 900
"""For how long an access token is good: as long as plumbing/identity/tokens.py lets any be, LONGEST."""
IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
OVERLAP = timedelta(seconds=20)
"""A token used again this soon is a client that did not hear the answer, not a thief: only refused."""


class Presented(StrEnum):
    """What a presented refresh token turns out to be."""

    GOOD = "good"
    OVER = "over"
    JUST_REPLACED = "just_replaced"
    STOLEN = "stolen"


@dataclass
class Session:
    """``current`` and ``former`` are SHA-256 of refresh tokens; times are real time."""

    id: str
    account_id: str
    current: str
    started_at: datetime
    renewed_at: datetime
    former: str | None = None
    ended: str | None = None
    version: int = 0

    def judge(self, digest: str, now: datetime) -> Presented:
        """Say what a token with this digest is; one that is neither current nor just replaced was stolen."""
        if self.ended or now >= self.expires_at:
            return Presented.OVER
        if digest == self.current:
            return Presented.GOOD
        if digest == self.former and now - self.renewed_at <= OVERLAP:
            return Presented.JUST_REPLACED
        return Presented.STOLEN

    def renew(self, digest: str, now: datetime) -> None:
        """Replace the good token by the next one."""
        self.former, self.current, self.renewed_at = self.current, digest, now

    def end(self, why: str) -> None:
        """Make every token of the family void."""
        self.ended = self.ended or why

    @property
    def expires_at(self) -> datetime:
        """When the session ends by itself: unused for long, or after its longest life."""
        return min(self.renewed_at + IDLE, self.started_at + LONGEST)
