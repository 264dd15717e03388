"""A proposal of all prizes of an edition: drawn up from facts it keeps, so that it can be drawn up again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.edition import Prize
from contracts.errors import Conflict
from services.awards.domain.nomination import Nomination, choose_nominations
from services.awards.domain.organisation import Tally, choose_organisations
from services.awards.domain.prizes import Place

PROPOSED, IN_PUBLICITY, DISCARDED = "proposed", "in_publicity", "discarded"
MOST_NAMED = 50


@dataclass(frozen=True)
class Line:
    """One proposed prize: for a case, an organisation or a nominee."""

    prize: str
    case_id: str | None = None
    rank: int | None = None
    score: str | None = None
    organisation: str | None = None
    nomination_id: str | None = None


@dataclass
class Proposal:
    """The proposal and what it followed from; ``result_id`` is the final's result that gave the ranks."""

    id: str
    edition_id: str
    edition_version: int
    result_id: str
    prizes: list[Mapping[str, Any]]
    left_out: list[str]
    tallies: list[Mapping[str, Any]]
    nominations: list[Mapping[str, Any]]
    total: int
    proposed_at: datetime
    status: str = PROPOSED
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    working_days: int | None = None
    version: int = 0

    def open_publicity(self, opens_at: datetime, closes_at: datetime, working_days: int) -> None:
        """Make it public, once."""
        self.need(PROPOSED)
        self.status, self.opens_at, self.closes_at = IN_PUBLICITY, opens_at, closes_at
        self.working_days = working_days

    def discard(self) -> None:
        """Put it aside, so that another can be proposed."""
        if self.status == DISCARDED:
            raise Conflict("该方案已作废。", "The proposal has been discarded already.", proposal_id=self.id)
        self.status = DISCARDED

    def need(self, status: str) -> None:
        """Raise Conflict unless it stands in this status."""
        if self.status != status:
            raise Conflict("该方案当前状态不允许此操作。", "The proposal's state does not allow this.",
                           proposal_id=self.id, status=self.status)  # fmt: skip


def draw_up(
    prizes: Sequence[Prize],
    places: Iterable[Place],
    tallies: Iterable[Tally],
    nominations: Iterable[Nomination],
) -> list[Line]:
    """Return every prize in the edition's order, best first; the same facts give the same lines."""
    places, tallies, nominations = list(places), list(tallies), list(nominations)
    lines: list[Line] = []
    for prize in prizes:
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
            carried = choose_nominations(nominations, prize)
            lines += [Line(prize.id, nomination_id=item.id) for item in carried]
    return lines


def require_standing_result(proposal: Proposal, superseded_by: str | None) -> None:
    """Raise Conflict when a newer result of the final has replaced the one the proposal was drawn up from."""
    if superseded_by is not None:
        raise Conflict(
            "总决赛结果已被新的结果取代，请作废本方案后重新提出。",
            "The final's result was superseded: discard this proposal and propose again.",
            result_id=proposal.result_id, superseded_by=superseded_by,
        )  # fmt: skip


def require_same_field(proposal: Proposal, *, gone: Collection[str] = (), back: Collection[str] = ()) -> None:
    """Raise Conflict when finalists were knocked out or reinstated since the proposal was drawn up."""
    if gone or back:
        raise Conflict(
            "方案提出后，有决赛案例被取消资格、撤回或恢复参评，请作废本方案后重新提出。",
            "Finalists were knocked out, withdrawn or reinstated since: discard this and propose again.",
            proposal_id=proposal.id, knocked_out=sorted(gone)[:MOST_NAMED],
            reinstated=sorted(back)[:MOST_NAMED],
        )  # fmt: skip
