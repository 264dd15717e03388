"""Ranks, places, and who goes on where the cut falls between equals."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Quota, TieRule
from services.review.domain.quota import places_of, rank_cases
from services.review.domain.ties import TieFacts, cut_off

ALL = TieRule("include_all")
CASCADE = TieRule("cascade", ("criterion:effect", "fewer_low"), Decimal(60))
scores = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 6).map(Decimal), max_size=20
)
quotas = st.one_of(
    st.builds(Quota, count=st.integers(0, 25)),
    st.builds(Quota, share=st.decimals("0.01", "1", places=2), least=st.integers(0, 5)),
)


def facts(effect: int, low: int = 0) -> TieFacts:
    """Return what a cascade may look at."""
    return TieFacts({"effect": Decimal(effect)}, low)


def standings(**given_scores: int):
    """Return standings of the scores."""
    return rank_cases({name: Decimal(score) for name, score in given_scores.items()})


def test_equal_scores_share_a_rank_and_the_next_is_skipped():
    ranked = standings(a=90, b=80, c=80, d=70)
    assert [(item.case_id, item.rank, item.tied) for item in ranked] == [
        ("a", 1, False), ("b", 2, True), ("c", 2, True), ("d", 4, False),
    ]  # fmt: skip


def test_a_share_is_rounded_up_and_never_under_least():
    assert places_of(Quota(share=Decimal("0.25")), 9) == 3
    assert places_of(Quota(share=Decimal("0.25"), least=3), 4) == 3
    assert places_of(Quota(share=Decimal("0.25"), least=3), 2) == 2
    assert places_of(Quota(count=16), 100) == 16


def test_everyone_tied_at_the_cut_is_included():
    """A published result: 16 places, 16th and 17th tied, so 17 went on."""
    ranked = rank_cases({f"c{n:02}": Decimal(100 - min(n, 15)) for n in range(17)} | {"z": Decimal(1)})
    cut = cut_off(ranked, 16, ALL, {})
    assert len(cut.advanced) == 17 and cut.at_cut == ("c15", "c16") and cut.decided_by == ("include_all",)


def test_a_cascade_takes_the_better_one():
    cut = cut_off(standings(a=90, b=80, c=80), 2, CASCADE, {"b": facts(1), "c": facts(2)})
    assert (cut.advanced, cut.decided_by) == (frozenset("ac"), ("criterion:effect",))


def test_the_next_step_decides_only_among_who_is_still_equal():
    known = {"a": facts(9, 9), "b": facts(5, 1), "c": facts(5, 0), "d": facts(1, 0)}
    cut = cut_off(standings(a=80, b=80, c=80, d=80), 2, CASCADE, known)
    assert (cut.advanced, cut.decided_by) == (frozenset("ac"), ("criterion:effect", "fewer_low"))


def test_who_is_equal_to_the_last_goes_on_together():
    cut = cut_off(standings(a=80, b=80), 1, CASCADE, {"a": facts(5), "b": facts(5)})
    assert cut.advanced == frozenset("ab")
    ending = TieRule("cascade", ("include_all", "fewer_low"), Decimal(60))
    assert cut_off(standings(a=80, b=80), 1, ending, {}).decided_by == ("include_all",)


def test_no_place_and_more_places_than_cases():
    assert cut_off(standings(a=80), 0, ALL, {}).advanced == frozenset()
    assert cut_off(standings(a=80), 5, ALL, {}).advanced == frozenset("a")
    assert cut_off([], 0, ALL, {}).advanced == frozenset()


@given(scores, quotas, st.booleans(), st.data())
def test_a_cut_never_parts_equals_without_a_rule(given_scores, quota, cascade, data):
    ranked = rank_cases(given_scores)
    places = places_of(quota, len(ranked))
    known = {name: facts(data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for name in given_scores}
    cut = cut_off(ranked, places, CASCADE if cascade else ALL, known)
    assert places <= len(cut.advanced) <= len(ranked) if places else not cut.advanced
    into = {name: given_scores[name] for name in cut.advanced}
    out = {name: given_scores[name] for name in given_scores.keys() - cut.advanced}
    if into and out:
        assert min(into.values()) >= max(out.values())
        if not cascade:
            assert min(into.values()) > max(out.values())
        for name in cut.advanced & set(cut.at_cut):
            for other in set(cut.at_cut) - cut.advanced:
                assert known[name] != known[other]


@given(scores)
def test_ranks_count_who_is_better(given_scores):
    for item in rank_cases(given_scores):
        assert item.rank == 1 + sum(score > item.score for score in given_scores.values())
        assert item.tied == (list(given_scores.values()).count(item.score) > 1)
