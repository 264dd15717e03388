"""A proposal of all prizes of an edition: drawn up from facts, so that anybody can draw it up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.edition import Edition
from contracts.errors import Conflict
from services.awards.domain.nomination import Nomination, choose_nominations
from services.awards.domain.organisation import Entered, choose_organisations, tally_organisations
from services.awards.domain.prizes import Placing, award_places

PROPOSED, IN_PUBLICITY, DISCARDED = "proposed", "in_publicity", "discarded"


@dataclass(frozen=True)
class EnteredCase:
    """A submitted case as the organisation prize counts it."""

    case_id: str
    organisation: str | None
    qualified: bool


@dataclass(frozen=True)
class Facts:
    """Everything that a proposal follows from."""

    placings: Sequence[Placing]
    left_out: frozenset[str]
    entered: Sequence[EnteredCase]
    nominations: Sequence[Nomination]


@dataclass(frozen=True)
class Line:
    """One proposed prize; exactly one of case, organisation and nomination is set."""

    prize: str
    case_id: str | None = None
    rank: int | None = None
    score: str | None = None
    organisation: str | None = None
    nomination_id: str | None = None


@dataclass
class Proposal:
    """The proposal itself; ``result_id`` is the final's result it was drawn up from."""

    id: str
    edition_id: str
    edition_version: int
    result_id: str
    left_out: list[str]
    nominations: list[Mapping[str, Any]]
    total: int
    proposed_at: datetime
    status: str = PROPOSED
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    working_days: int | None = None
    superseded_by: str | None = None
    version: int = 0

    def open_publicity(self, opens_at: datetime, closes_at: datetime, working_days: int) -> None:
        """Make it public, once, while its result still stands."""
        self._need(PROPOSED)
        self.require_standing_result()
        self.status, self.opens_at, self.closes_at = IN_PUBLICITY, opens_at, closes_at
        self.working_days = working_days

    def require_standing_result(self) -> None:
        """Raise Conflict when a newer result of the final has replaced the one it was drawn up from."""
        if self.superseded_by is not None:
            raise Conflict(
                "总决赛结果已被新的结果取代，请作废本方案后重新提出。",
                "The final's result was superseded: discard this proposal and propose again.",
                result_id=self.result_id, superseded_by=self.superseded_by,
            )  # fmt: skip

    def discard(self) -> None:
        """Put it aside, so that another can be proposed."""
        if self.status == DISCARDED:
            raise Conflict("该方案已作废。", "The proposal has been discarded already.", proposal_id=self.id)
        self.status = DISCARDED

    def _need(self, status: str) -> None:
        if self.status != status:
            raise Conflict("该方案当前状态不允许此操作。", "The proposal's state does not allow this.",
                           proposal_id=self.id, status=self.status)  # fmt: skip


def draw_up(edition: Edition, facts: Facts) -> list[Line]:
    """Return every prize of the edition in its order, best first; the same facts give the same lines."""
    places = award_places(facts.placings, edition.prizes, facts.left_out)
    prized = {place.case_id for place in places}
    tallies = tally_organisations(
        (
            Entered(case.organisation, case.qualified, case.case_id in prized)
            for case in facts.entered
            if case.case_id not in facts.left_out
        ),
        edition.organisation,
    )
    lines: list[Line] = []
    for prize in edition.prizes:
        if prize.kind == "case":
            lines += [
                Line(prize.id, case_id=place.case_id, rank=place.rank, score=str(place.score))
                for place in places
                if place.prize == prize.id
            ]
        elif prize.kind == "organisation":
            lines += [
                Line(prize.id, organisation=tally.organisation, score=str(tally.score))
                for tally in choose_organisations(tallies, prize)
            ]
        else:
            carried = choose_nominations(facts.nominations, prize)
            lines += [Line(prize.id, nomination_id=item.id) for item in carried]
    return lines
