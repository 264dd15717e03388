"""What awards tell: the data of their events, and the step that several causes share, withdrawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.events import awards as events
from services.awards import repository
from services.awards.domain.award import KNOWN_OUTSIDE, Award

CHUNK = 200


def describe_award(award: Award) -> dict[str, Any]:
    """Return an award as AwardPublished tells it."""
    return {
        "award_id": award.id, "edition_id": award.edition_id, "prize": award.prize,
        "prize_name": award.prize_name["zh"], "laureate": award.laureate, "title": award.title,
        "case_id": award.case_id, "unit_id": award.unit_id, "track": award.track,
        "contact_account": award.contact_account, "status": award.status,
    }  # fmt: skip


def chunk_awards(proposal_id: str, edition_id: str, awards: Sequence[Award]) -> Iterator[dict[str, Any]]:
    """Return the data of AwardsProposed in chunks of at most 200 awards; at least one chunk, even of none."""
    chunks = max(1, -(-len(awards) // CHUNK))
    for index in range(chunks):
        yield {
            "proposal_id": proposal_id, "edition_id": edition_id, "chunk": index + 1, "chunks": chunks,
            "total": len(awards),
            "awards": [
                {"award_id": award.id, "prize": award.prize, "laureate": award.laureate,
                 "case_id": award.case_id, "unit_id": award.unit_id, "contact_account": award.contact_account}
                for award in awards[index * CHUNK : (index + 1) * CHUNK]
            ],
        }  # fmt: skip


def withdraw(tx: Any, award: Award, reason: str) -> None:
    """Withdraw an award and tell it, unless nobody outside had heard of it yet."""
    was_known = award.status in KNOWN_OUTSIDE
    award.withdraw(reason, tx.now)
    repository.save(tx, award)
    tx.collection("certificates").delete_one({"award_id": award.id, "state": "allotted"})
    if was_known:
        tell_withdrawn(tx, award)


def tell_withdrawn(tx: Any, award: Award) -> None:
    """Emit AwardWithdrawn of a saved award."""
    data = describe_award(award) | {"reason": award.withdrawn_reason}
    tx.emit(events.AwardWithdrawn, award.id, award.version, data)


def tell_published(tx: Any, award: Award) -> None:
    """Emit AwardPublished of a saved award."""
    tx.emit(events.AwardPublished, award.id, award.version, describe_award(award))
