"""Put a proposal aside, so that another can be drawn up: the named way back while nothing of it is final."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict
from services.awards import repository, telling
from services.awards.domain.award import FINAL, WITHDRAWN


def discard_proposal(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Discard a proposal and withdraw its awards; Conflict while one of them is published."""
    proposal = repository.load_proposal(tx, args["proposal_id"])
    repository.lock_edition(tx, proposal.edition_id)
    awards = repository.awards_of_proposal(tx, proposal.id)
    if any(award.status in FINAL for award in awards):
        raise Conflict(
            "方案中有奖项已公布；请先逐项撤销，再作废方案。",
            "Some of it is published: withdraw those awards first, one by one.",
            proposal_id=proposal.id, published=sum(award.status in FINAL for award in awards),
        )  # fmt: skip
    proposal.discard()
    repository.save(tx, proposal)
    standing = [award for award in awards if award.status != WITHDRAWN]
    for award in standing:
        telling.withdraw(tx, award, args["reason"])
    for nomination in repository.nominations_of_edition(tx, proposal.edition_id):
        nomination.proposal_id = None
        repository.save(tx, nomination)
    return {"proposal_id": proposal.id, "awards": len(standing)}
