import pytest

from contracts.edition import Prize, Text2
from contracts.errors import Conflict, InvalidInput
from services.awards.domain.nomination import Nomination, choose_nominations, nominated_prize

PRIZE = Prize("best", "nominated", Text2("最佳贡献奖", "Best contribution"), 2)


def nomination(name: str, in_favour: int, against: int, prize: str = "best") -> Nomination:
    votes = {f"acc-{n}": n < in_favour for n in range(in_favour + against)}
    return Nomination(name, "xinlv-3", prize, name, None, "理由", "acc-0", votes=votes)


def chosen(*nominations: Nomination, prize: Prize = PRIZE) -> list[str]:
    return [item.id for item in choose_nominations(nominations, prize)]


def test_a_simple_majority_carries_and_a_tie_does_not():
    assert chosen(nomination("a", 3, 2), nomination("b", 2, 2), nomination("c", 0, 0)) == ["a"]


def test_most_votes_first_and_those_tied_with_the_last_included():
    rows = [nomination("a", 2, 1), nomination("b", 5, 0), nomination("c", 2, 1), nomination("d", 1, 0)]
    assert chosen(*rows) == ["b", "a", "c"]


def test_other_prizes_and_a_count_of_none():
    assert chosen(nomination("a", 1, 0, "other")) == []
    assert chosen(nomination("a", 1, 0), prize=Prize("best", "nominated", PRIZE.name, 0)) == []


def test_a_vote_may_change_until_prizes_are_proposed():
    item = nomination("a", 1, 0)
    item.vote("acc-0", False)
    assert (item.in_favour, item.against) == (0, 1)
    item.proposal_id = "proposal-1"
    with pytest.raises(Conflict):
        item.vote("acc-0", True)


def test_only_a_nominated_prize_of_the_edition_takes_nominations():
    class WithPrizes:
        prizes = (Prize("first", "case", PRIZE.name, 1), PRIZE)

    assert nominated_prize(WithPrizes, "best") == PRIZE
    for wrong in ("first", "nothing"):
        with pytest.raises(InvalidInput):
            nominated_prize(WithPrizes, wrong)
