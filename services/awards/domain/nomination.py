"""The best-contribution prize: nominated with a reason, carried by a simple majority of the votes cast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.edition import Edition, Prize
from contracts.errors import Conflict, InvalidInput


@dataclass
class Nomination:
    """Somebody put forward; ``votes`` maps an account to whether it is in favour.

    ``salt`` keeps who voted how from being guessed from the record.
    """

    id: str
    edition_id: str
    prize: str
    laureate: str
    unit_id: str | None
    grounds: str
    nominated_by: str
    proposal_id: str | None = None
    votes: dict[str, bool] = field(default_factory=dict)
    salt: str = ""
    version: int = 0

    @property
    def in_favour(self) -> int:
        """Return the votes for it."""
        return sum(self.votes.values())

    @property
    def against(self) -> int:
        """Return the votes against it."""
        return len(self.votes) - self.in_favour

    def vote(self, account_id: str, in_favour: bool) -> None:
        """Take one account's vote; it may change its mind until prizes are proposed.

        Raises Conflict afterwards.
        """
        if self.proposal_id is not None:
            raise Conflict("奖项已提出，投票已结束。", "Prizes have been proposed; voting is over.",
                           proposal_id=self.proposal_id)  # fmt: skip
        self.votes[account_id] = in_favour


def nominated_prize(edition: Edition, prize_id: str) -> Prize:
    """Return the prize that may be nominated for.

    Raises InvalidInput when the edition has none of that id, or one that is not nominated.
    """
    prize = next((prize for prize in edition.prizes if prize.id == prize_id), None)
    if prize is None or prize.kind != "nominated":
        raise InvalidInput.of(
            "prize", "reference", "本届没有这个提名奖项", "The edition has no such nominated prize."
        )
    return prize


def choose_nominations(nominations: Iterable[Nomination], prize: Prize) -> list[Nomination]:
    """Return the at most ``count`` nominations carried by more votes for than against, most votes first.

    Those tied in votes with the last one are included.
    """
    carried = sorted(
        (item for item in nominations if item.prize == prize.id and item.in_favour > item.against),
        key=lambda item: (-item.in_favour, item.against, item.id),
    )
    if len(carried) <= prize.count or prize.count < 1:
        return carried[: prize.count]
    last = _strength(carried[prize.count - 1])
    return [item for item in carried if _strength(item) >= last]


def _strength(nomination: Nomination) -> tuple[int, int]:
    return nomination.in_favour, -nomination.against
