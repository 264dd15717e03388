"""Take a prize back, and the named way back from that."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict
from services.awards import repository, telling
from services.awards.domain.award import Award
from services.awards.domain.proposal import DISCARDED


def withdraw_award(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Withdraw an award; its certificate shows as withdrawn from now on."""
    award = repository.load_award(tx, args["award_id"])
    telling.withdraw(tx, award, args["reason"])
    return describe_state(award)


def reinstate_award(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Undo the withdrawal of a published award.

    Raises Conflict while its case is disqualified or withdrawn, and once its proposal was discarded: another
    one may have given the prize away.
    """
    award = repository.load_award(tx, args["award_id"])
    repository.lock_edition(tx, award.edition_id)
    if repository.load_proposal(tx, award.proposal_id).status == DISCARDED:
        raise Conflict("所属评奖方案已作废，不能恢复其奖项。",
                       "Its proposal was discarded; the award cannot be reinstated.",
                       proposal_id=award.proposal_id)  # fmt: skip
    standing = award.case_id and tx.collection("standings").find_one({"_id": award.case_id})
    if standing and (standing.get("disqualified") or standing.get("withdrawn")):
        raise Conflict("案例仍被取消资格或已撤回，不能恢复奖项。",
                       "The case is still disqualified or withdrawn.", case_id=award.case_id)  # fmt: skip
    award.reinstate()
    repository.save(tx, award)
    telling.tell_published(tx, award)
    return describe_state(award)


def describe_state(award: Award) -> dict[str, Any]:
    """Return where an award stands."""
    return {"award_id": award.id, "status": award.status, "version": award.version}
