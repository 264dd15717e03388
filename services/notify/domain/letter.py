"""A letter: queued → sending → sent, failed or unknown. Every step is guarded and written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contracts.errors import Conflict, InvalidInput
from contracts.words import LetterStatus

ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
STUCK_AFTER: Final = timedelta(seconds=45)
"""Longer than the time limits of one letter's conversation with the mail server together."""
WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 1800, 3600, 7200, 14400))
"""How long a temporary refusal puts a letter off, by attempt; after the last it has failed."""
MOST_STEPS: Final = 60
SERVICES_OWN: Final = "service:"
"""How the name of an actor begins who is no person."""

Both = dict[str, str]


def natural_key(cause_id: str, template: str, account_id: str) -> str:
    """Name what may exist once only: one letter of one kind to one account for one event."""
    return f"{cause_id}|{template}|{account_id}"


@dataclass(frozen=True)
class Step:
    """One thing that happened to a letter."""

    at: datetime
    status: LetterStatus
    actor: str
    note: str = ""


@dataclass
class Letter:
    """One letter to one account. Its one-time link and the address it goes to are never part of it.

    ``not_before`` and ``claimed_at`` are real time, everything else business time.
    """

    id: str
    template: str
    account_id: str
    cause_id: str
    cause_type: str
    subject: Both
    body: Both
    created_at: datetime
    correlation_id: str = ""
    edition_id: str | None = None
    case_id: str | None = None
    status: LetterStatus = LetterStatus.QUEUED
    attempts: int = 0
    not_before: datetime = ANY_TIME
    claim_token: str | None = None
    claimed_at: datetime | None = None
    sent_to: str | None = None
    problem: str | None = None
    settled_at: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    version: int = 0

    @property
    def key(self) -> str:
        """Return the natural key."""
        return natural_key(self.cause_id, self.template, self.account_id)

    def claim(self, token: str, now: datetime, real: datetime) -> None:
        """Take the letter for sending, before anything leaves.

        Raises Conflict unless it is queued.
        """
        self._expect(LetterStatus.QUEUED)
        self.claim_token, self.claimed_at = token, real
        self.attempts += 1
        self._move(LetterStatus.SENDING, now, "service:notify")

    def mark_sent(self, token: str, now: datetime, sent_to: str) -> None:
        """The mail server took it."""
        self._own(token)
        self.sent_to, self.problem, self.settled_at = sent_to, None, now
        self._move(LetterStatus.SENT, now, "service:notify")

    def put_off(self, token: str, now: datetime, real: datetime, problem: str) -> bool:
        """It was refused for now, and certainly did not go: try again later, or give up after many attempts.

        Returns whether it will be tried again.
        """
        self._own(token)
        if self.attempts > len(WAITS):
            self.mark_failed(token, now, problem)
            return False
        self.not_before = real + WAITS[self.attempts - 1]
        self.problem = problem[:300]
        self._move(LetterStatus.QUEUED, now, "service:notify", problem)
        return True

    def mark_failed(self, token: str, now: datetime, problem: str) -> None:
        """It certainly did not go, and trying again would not help."""
        self._own(token)
        self.problem, self.settled_at = problem[:300], now
        self._move(LetterStatus.FAILED, now, "service:notify", problem)

    def mark_unknown(self, now: datetime, problem: str) -> None:
        """It may have gone or not: shown to staff, never sent again by itself."""
        self._expect(LetterStatus.SENDING)
        self.problem, self.settled_at = problem[:300], now
        self._move(LetterStatus.UNKNOWN, now, "service:notify", problem)

    def hold(self, now: datetime, problem: str) -> None:
        """It may have gone before a backup was put back: shown to staff, not sent by itself."""
        self._expect(LetterStatus.QUEUED)
        self.problem, self.settled_at = problem[:300], now
        self._move(LetterStatus.UNKNOWN, now, "service:notify", problem)

    @property
    def wanted_by_a_person(self) -> bool:
        """Say whether a person had it queued last."""
        return bool(self.steps) and not self.steps[-1].actor.startswith(SERVICES_OWN)

    def resend(self, actor: str, now: datetime, reason: str) -> None:
        """Queue it again because a person wants it so.

        Raises Conflict unless it failed or its fate is unknown.
        """
        self._expect(LetterStatus.FAILED, LetterStatus.UNKNOWN)
        self.not_before, self.settled_at, self.attempts = ANY_TIME, None, 0
        self._move(LetterStatus.QUEUED, now, actor, reason)

    def settle(self, actor: str, now: datetime, arrived: bool, reason: str) -> None:
        """Write down what a person found out about a letter of unknown fate, or close one that has failed.

        Raises InvalidInput where it certainly did not go, and yet is said to have arrived.
        """
        self._expect(LetterStatus.UNKNOWN, LetterStatus.FAILED)
        if arrived and all(step.status is not LetterStatus.UNKNOWN for step in self.steps):
            raise InvalidInput.of(
                "arrived", "certain", "邮件服务器拒收了这封信，不可能已送达",
                "The mail server refused this letter: it cannot have arrived.",
            )  # fmt: skip
        self.settled_at = now
        self.problem = None if arrived else self.problem
        self._move(LetterStatus.SENT if arrived else LetterStatus.FAILED, now, actor, reason)

    def _own(self, token: str) -> None:
        self._expect(LetterStatus.SENDING)
        if self.claim_token != token:
            raise Conflict("信件已由另一进程处理。", "Another process has taken this letter.")

    def _expect(self, *expected: LetterStatus) -> None:
        if self.status not in expected:
            raise Conflict(
                f"信件状态为{self.status}，不能办理此步。",
                f"The letter is {self.status}; this step needs it to be {' or '.join(expected)}.",
                status=str(self.status),
            )

    def _move(self, status: LetterStatus, now: datetime, actor: str, note: str = "") -> None:
        self.status = status
        if status is not LetterStatus.SENDING:
            self.claim_token = self.claimed_at = None
        self.steps = [*self.steps, Step(now, status, actor, note[:500])][-MOST_STEPS:]


def letter_to_document(letter: Letter) -> dict[str, Any]:
    """Return the stored form."""
    document = {
        name: getattr(letter, name) for name in letter.__dataclass_fields__ if name not in ("id", "steps")
    }
    steps = [{"at": s.at, "status": str(s.status), "actor": s.actor, "note": s.note} for s in letter.steps]
    return {"_id": letter.id, "key": letter.key, **document, "status": str(letter.status), "steps": steps}


def letter_from_document(document: dict[str, Any]) -> Letter:
    """Read the stored form."""
    names = Letter.__dataclass_fields__.keys() - {"id", "steps", "status"}
    steps = [Step(s["at"], LetterStatus(s["status"]), s["actor"], s["note"]) for s in document["steps"]]
    plain = {name: document[name] for name in names}
    return Letter(id=document["_id"], steps=steps, status=LetterStatus(document["status"]), **plain)
