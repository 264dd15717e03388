"""How a case stands with review and submission, and what becomes of its award when that changes."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from services.awards import repository, telling
from services.awards.domain.award import FINAL, WITHDRAWN

DISQUALIFIED = "disqualified"


def note_formal_pass(tx: Any, event: Event) -> None:
    """Keep that a case passed the formal review: it counts as qualified."""
    _note(tx, event, {"formal": True})


def note_withdrawal(tx: Any, event: Event) -> None:
    """A case its unit withdrew gets no prize: an award of it is withdrawn, whatever its state."""
    _note(tx, event, {"withdrawn": True})
    reason = "参赛单位撤回案例：" + event.data["reason"]
    for award in repository.awards_of_case(tx, event.data["case_id"]):
        if award.status != WITHDRAWN:
            telling.withdraw(tx, award, reason[:500])


def note_disqualification(tx: Any, event: Event) -> None:
    """Hold back an award of a disqualified case; withdraw it when it is published already."""
    if not _is_newer(tx, event, disqualified=True):
        return
    for award in repository.awards_of_case(tx, event.data["case_id"]):
        if award.status in FINAL:
            codes = "、".join(reason["code"] for reason in event.data["reasons"])
            telling.withdraw(tx, award, f"案例被取消资格：{codes}"[:500])
        elif award.status != WITHDRAWN:
            award.hold(DISQUALIFIED)
            repository.save(tx, award)


def note_reinstatement(tx: Any, event: Event) -> None:
    """Release an award that was held; one withdrawn already needs ``reinstate_award``."""
    if not _is_newer(tx, event, disqualified=False):
        return
    for award in repository.awards_of_case(tx, event.data["case_id"]):
        if award.held == DISQUALIFIED:
            award.release()
            repository.save(tx, award)


def _note(tx: Any, event: Event, changes: dict[str, Any]) -> None:
    facts = {"edition_id": event.data["edition_id"], "unit_id": event.data["unit_id"]}
    tx.collection("standings").update_one(
        {"_id": event.data["case_id"]}, {"$set": facts | changes}, upsert=True
    )


def _is_newer(tx: Any, event: Event, *, disqualified: bool) -> bool:
    """Keep the flag unless a later word on it came first; say whether it was kept."""
    standing = tx.collection("standings").find_one({"_id": event.data["case_id"]}) or {}
    if standing.get("judged", -1) >= event.sequence:
        return False
    _note(tx, event, {"disqualified": disqualified, "judged": event.sequence})
    return True
