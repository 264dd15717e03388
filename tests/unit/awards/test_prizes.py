from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Organisation, Prize, Text2
from services.awards.domain.organisation import Entered, Tally, choose_organisations, tally_organisations
from services.awards.domain.prizes import Placing, award_places

NAME = Text2("奖", "prize")


def prizes(*counts: int) -> list[Prize]:
    return [Prize(f"p{number}", "case", NAME, count) for number, count in enumerate(counts)]


def placings(ranks: list[int]) -> list[Placing]:
    return [Placing(f"case-{n:03d}", rank, Decimal(1000 - rank)) for n, rank in enumerate(ranks)]


def counted(places: list) -> dict[str, int]:
    found: dict[str, int] = {}
    for place in places:
        found[place.prize] = found.get(place.prize, 0) + 1
    return found


def test_a_tie_at_the_cut_takes_everybody_and_leaves_the_next_prize_whole():
    ranks = [*range(1, 16), 16, 16, *range(18, 321)]
    places = award_places(placings(ranks), prizes(16, 31, 48, 204))
    assert counted(places) == {"p0": 17, "p1": 31, "p2": 48, "p3": 204}
    assert max(place.rank for place in places if place.prize == "p0") == 16
    assert min(place.rank for place in places if place.prize == "p1") == 18


def test_those_left_out_take_no_place_and_the_next_move_up():
    places = award_places(placings([1, 2, 3, 4]), prizes(1, 2), {"case-000", "case-002"})
    assert [(place.case_id, place.prize) for place in places] == [("case-001", "p0"), ("case-003", "p1")]


def test_fewer_cases_than_prizes_leaves_prizes_over():
    assert counted(award_places(placings([1]), prizes(3, 3))) == {"p0": 1}


def test_prizes_of_other_kinds_take_no_cases():
    other = Prize("organisation", "organisation", NAME, 5)
    assert counted(award_places(placings([1, 2]), [other, *prizes(1)])) == {"p0": 1}


@st.composite
def ranked(draw: st.DrawFn) -> list[int]:
    """Competition ranks: equal ones are ties, the next rank skips as many."""
    groups = draw(st.lists(st.integers(1, 4), max_size=12))
    return [sum(groups[:place]) + 1 for place, size in enumerate(groups) for _ in range(size)]


@given(ranked(), st.lists(st.integers(0, 5), max_size=4), st.randoms(use_true_random=False))
def test_whatever_the_ranks_a_better_rank_never_gets_a_worse_prize(ranks, counts, random):
    shuffled = placings(ranks)
    random.shuffle(shuffled)
    places = award_places(shuffled, prizes(*counts))
    assert places == award_places(placings(ranks), prizes(*counts))
    order = [int(place.prize[1:]) for place in sorted(places, key=lambda place: place.rank)]
    assert order == sorted(order)
    by_rank: dict[int, set[str]] = {}
    for place in places:
        by_rank.setdefault(place.rank, set()).add(place.prize)
    assert all(len(given) == 1 for given in by_rank.values())
    assert len({place.case_id for place in places}) == len(places)
    for number, count in enumerate(counts):
        mine = [place for place in places if place.prize == f"p{number}"]
        if count and len(mine) > count:
            assert len([place for place in mine if place.rank != mine[-1].rank]) < count


RULE = Organisation("recommender", Decimal(1), Decimal(2), Decimal(5), least_cases=2)


def test_organisations_are_weighed_and_small_ones_left_out():
    entered = [
        Entered("甲", True, True),
        Entered("甲", True, False),
        Entered("乙", True, True),
        Entered(None, True, True),
        Entered("丙", False, False),
        Entered("丙", False, False),
    ]
    assert tally_organisations(entered, RULE) == [
        Tally("甲", 2, 2, 1, Decimal(11)),
        Tally("丙", 2, 0, 0, Decimal(2)),
    ]


def test_one_organisation_written_in_several_ways_counts_once():
    names = ["绿源(集团)", "绿源（集团）", "绿源（集团） ", "绿源（集团）", "ABC", "Abc", " "]
    entered = [Entered(name, False, False) for name in names]
    (first, second) = tally_organisations(entered, RULE)
    assert first == Tally("绿源（集团）", 4, 0, 0, Decimal(4))
    assert second == Tally("ABC", 2, 0, 0, Decimal(2))
    assert tally_organisations(reversed(entered), RULE) == [first, second]


def test_organisations_tied_with_the_last_are_included_and_none_at_zero():
    tallies = [
        Tally(name, 1, 0, 0, Decimal(score)) for name, score in [("a", 3), ("b", 2), ("c", 2), ("d", 0)]
    ]
    chosen = choose_organisations(tallies, Prize("o", "organisation", NAME, 2))
    assert [tally.organisation for tally in chosen] == ["a", "b", "c"]
    assert len(choose_organisations(tallies, Prize("o", "organisation", NAME, 9))) == 3
    assert choose_organisations(tallies, Prize("o", "organisation", NAME, 0)) == []
