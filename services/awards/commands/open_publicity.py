"""Make a proposal public for the edition's number of working days."""

from __future__ import annotations

from typing import Any

from contracts.events import awards as events
from services.awards import facts, repository, telling
from services.awards.domain.award import PROPOSED
from services.awards.domain.proposal import require_same_field, require_standing_result
from services.awards.domain.publicity import plan_publicity


def open_publicity(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Open the period from now on; a dry run shows its days.

    Raises Conflict for a proposal that is public already, whose result was superseded or whose finalists are
    others by now, NotYet where the calendar is not known.
    """
    proposal = repository.load_proposal(tx, args["proposal_id"])
    edition = repository.load_edition(tx, proposal.edition_id)
    require_standing_result(proposal, repository.superseding_result(tx, proposal.result_id))
    period = plan_publicity(tx.now, edition.publicity, edition.timezone)
    proposal.open_publicity(period.opens_at, period.closes_at, len(period.days))
    shifts = facts.read_shifts(tx, proposal)
    require_same_field(proposal, gone=shifts.gone, back=shifts.back)
    repository.save(tx, proposal)
    awards = [award for award in repository.awards_of_proposal(tx, proposal.id) if award.status == PROPOSED]
    for award in awards:
        award.open_publicity(period.opens_at, period.closes_at)
    repository.save_awards(tx, awards)
    times = {"opens_at": period.opens_at, "closes_at": period.closes_at, "working_days": len(period.days)}
    for data in telling.chunk_awards(proposal.id, edition.id, awards):
        tx.emit(events.PublicityOpened, proposal.id, proposal.version, data | times)
    return {"proposal_id": proposal.id, "awards": len(awards), "days": list(period.days), **times}
