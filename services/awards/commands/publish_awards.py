"""Publish what nothing holds back, in portions; what is held back can be published by asking again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from contracts.errors import Conflict, OutsideWindow
from plumbing.service import Job
from services.awards import facts, repository, telling
from services.awards.domain.award import Award
from services.awards.domain.prizes import award_places
from services.awards.domain.proposal import (
    IN_PUBLICITY,
    Proposal,
    require_same_field,
    require_standing_result,
)

JOB = "publish_awards"
PORTION = 50


def publish_awards(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take on the job of publishing; a dry run counts what would become of the awards.

    Raises OutsideWindow before the period's end, Conflict where result or finalists are others by now.
    """
    proposal = repository.load_proposal(tx, args["proposal_id"])
    require_ready(tx, proposal)
    awards = repository.awards_of_proposal(tx, proposal.id)
    summary = dict(Counter(award.hindrance(tx.now) or "published" for award in awards))
    job_id = None if args["dry_run"] else tx.enqueue(JOB, {"proposal_id": proposal.id})
    return {"job_id": job_id, "rows": len(awards), "summary": summary}


def require_ready(tx: Any, proposal: Proposal) -> None:
    """Raise unless the proposal's period is over, its result stands and nobody came back to win a prize."""
    require_standing_result(proposal, repository.superseding_result(tx, proposal.result_id))
    if proposal.status != IN_PUBLICITY or proposal.opens_at is None or proposal.closes_at is None:
        raise Conflict("评奖方案未在公示，不能公布。", "The proposal is not public; it cannot be published.",
                       proposal_id=proposal.id, status=proposal.status)  # fmt: skip
    if tx.now < proposal.closes_at:
        raise OutsideWindow(
            "公示期未满，不能公布。", "The publicity period is not over.", window="publicity",
            opens_at=_iso(proposal.opens_at), closes_at=_iso(proposal.closes_at), decided_at=_iso(tx.now),
        )  # fmt: skip
    require_same_field(proposal, back=_back_with_a_prize(tx, proposal))


def _back_with_a_prize(tx: Any, proposal: Proposal) -> frozenset[str]:
    # one knocked out by now holds his own award back; one reinstated has none unless it is proposed again,
    # and who would win nothing is no reason to withdraw what is published
    shifts = facts.read_shifts(tx, proposal)
    prizes, left_out = repository.prizes_of(proposal.prizes), frozenset(proposal.left_out)
    winners = award_places(shifts.placings, prizes, left_out - shifts.back)
    return shifts.back & {place.case_id for place in winners}


def publish_portion(tx: Any, job: Job, prepared: Any) -> None:
    """Publish the next awards of a proposal, a row for each in the job's outcomes; the job's step."""
    proposal = repository.load_proposal(tx, job.arguments["proposal_id"])
    require_ready(tx, proposal)
    job.total = job.total or proposal.total
    awards = repository.awards_of_proposal(tx, proposal.id, after=job.cursor or 0, most=PORTION)
    for award in awards:
        outcome = publish_one(tx, award)
        row = {"row": award.id, "outcome": outcome, "laureate": award.laureate, "prize": award.prize}
        job.outcomes.append(row)
        job.cursor = award.position
    job.done += len(awards)
    if len(awards) < PORTION:
        job.finished = True
        job.result = {"proposal_id": proposal.id, "rows": job.done}


def publish_one(tx: Any, award: Award) -> str:
    """Publish one award unless something holds it back; say what became of it."""
    hindrance = award.hindrance(tx.now)
    if hindrance is not None:
        return hindrance
    award.publish(tx.now, tx.correlation_id)
    repository.save(tx, award)
    telling.tell_published(tx, award)
    return "published"


def _iso(moment: datetime) -> str:
    return moment.isoformat()
