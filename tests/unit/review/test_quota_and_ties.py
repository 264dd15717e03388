"""Ranks, places, and who goes on where the cut falls between equals."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Quota, TieRule
from services.review.domain.quota import cut_off, places_of
from services.review.domain.ranking import rank_cases
from services.review.domain.ties import TieFacts

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


def cut(given_scores, places, rule, known):
    """Rank and cut."""
    return cut_off(rank_cases(given_scores, rule, known), places)


def numbers(**given_scores: int) -> dict[str, Decimal]:
    """Return scores."""
    return {name: Decimal(score) for name, score in given_scores.items()}


def test_equal_scores_share_a_rank_and_the_next_is_skipped():
    ranked = rank_cases(numbers(a=90, b=80, c=80, d=70), ALL, {}).standings
    assert [(item.case_id, item.rank, item.tied) for item in ranked] == [
        ("a", 1, False), ("b", 2, True), ("c", 2, True), ("d", 4, False),
    ]  # fmt: skip


def test_a_cascade_ranks_equal_scores_and_says_by_which_steps():
    known = {"a": facts(80), "b": facts(90), "c": facts(70), "d": facts(70)}
    ranking = rank_cases(numbers(a=83, b=83, c=60, d=60, e=50), CASCADE, known)
    assert [(item.case_id, item.rank, item.tied) for item in ranking.standings] == [
        ("b", 1, False), ("a", 2, False), ("c", 3, True), ("d", 3, True), ("e", 5, False),
    ]  # fmt: skip
    assert ranking.decided_by == ("criterion:effect", "fewer_low")
    assert rank_cases(numbers(a=83, b=82), CASCADE, known).decided_by == ()


def test_nothing_after_include_all_parts_equals():
    ending = TieRule("cascade", ("include_all", "criterion:effect"))
    ranking = rank_cases(numbers(a=80, b=80), ending, {"a": facts(1), "b": facts(2)})
    assert [item.rank for item in ranking.standings] == [1, 1] and ranking.decided_by == ("include_all",)


def test_a_share_is_rounded_up_and_never_under_least():
    assert places_of(Quota(share=Decimal("0.25")), 9) == 3
    assert places_of(Quota(share=Decimal("0.25"), least=3), 4) == 3
    assert places_of(Quota(share=Decimal("0.25"), least=3), 2) == 2
    assert places_of(Quota(count=16), 100) == 16


def test_everyone_tied_at_the_cut_is_included():
    """A published result: 16 places, 16th and 17th tied, so 17 went on."""
    given_scores = {f"c{n:02}": Decimal(100 - min(n, 15)) for n in range(17)} | {"z": Decimal(1)}
    made = cut(given_scores, 16, ALL, {})
    assert len(made.advanced) == 17 and made.at_cut == ("c15", "c16") and made.decided_by == ("include_all",)


def test_a_cascade_takes_the_better_one():
    made = cut(numbers(a=90, b=80, c=80), 2, CASCADE, {"b": facts(1), "c": facts(2)})
    assert (made.advanced, made.decided_by) == (frozenset("ac"), ("criterion:effect",))
    assert made.at_cut == ("b", "c")


def test_the_next_step_decides_only_among_who_is_still_equal():
    known = {"a": facts(9, 9), "b": facts(5, 1), "c": facts(5, 0), "d": facts(1, 0)}
    made = cut(numbers(a=80, b=80, c=80, d=80), 2, CASCADE, known)
    assert (made.advanced, made.decided_by) == (frozenset("ac"), ("criterion:effect", "fewer_low"))


def test_who_is_equal_to_the_last_goes_on_together():
    made = cut(numbers(a=80, b=80), 1, CASCADE, {"a": facts(5), "b": facts(5)})
    assert made.advanced == frozenset("ab")
    ending = TieRule("cascade", ("include_all", "fewer_low"), Decimal(60))
    assert cut(numbers(a=80, b=80), 1, ending, {}).decided_by == ("include_all",)


def test_no_place_and_more_places_than_cases():
    assert cut(numbers(a=80), 0, ALL, {}).advanced == frozenset()
    assert cut(numbers(a=80), 5, ALL, {}).advanced == frozenset("a")
    assert cut({}, 0, ALL, {}).advanced == frozenset()


def draw_facts(data, names):
    """Return facts that are often equal."""
    return {name: facts(data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for name in names}


@given(scores, quotas, st.booleans(), st.data())
def test_a_cut_never_parts_equals_without_a_rule(given_scores, quota, cascade, data):
    places = places_of(quota, len(given_scores))
    known = draw_facts(data, given_scores)
    made = cut(given_scores, places, CASCADE if cascade else ALL, known)
    assert places <= len(made.advanced) <= len(given_scores) if places else not made.advanced
    into = {name: given_scores[name] for name in made.advanced}
    out = {name: given_scores[name] for name in given_scores.keys() - made.advanced}
    if into and out:
        assert min(into.values()) >= max(out.values())
        if not cascade:
            assert min(into.values()) > max(out.values())
        for name in made.advanced & set(made.at_cut):
            for other in set(made.at_cut) - made.advanced:
                assert known[name] != known[other]


@given(scores)
def test_ranks_count_who_is_better(given_scores):
    for item in rank_cases(given_scores, ALL, {}).standings:
        assert item.rank == 1 + sum(score > item.score for score in given_scores.values())
        assert item.tied == (list(given_scores.values()).count(item.score) > 1)


@given(scores, st.randoms(use_true_random=False), st.data())
def test_ranks_by_a_cascade_are_a_total_preorder_whatever_the_order_of_the_cases(given_scores, random, data):
    known = draw_facts(data, given_scores)
    ranking = rank_cases(given_scores, CASCADE, known)
    shuffled = list(given_scores.items())
    random.shuffle(shuffled)
    assert rank_cases(dict(shuffled), CASCADE, known) == ranking

    def key(name):
        return given_scores[name], known[name].criteria["effect"], -known[name].low_sheets

    assert {item.case_id for item in ranking.standings} == set(given_scores)
    for one in ranking.standings:
        assert one.rank == 1 + sum(key(name) > key(one.case_id) for name in given_scores)
        assert one.tied == (sum(key(name) == key(one.case_id) for name in given_scores) > 1)
        for other in ranking.standings:
            assert one.score <= other.score or one.rank < other.rank
            assert (one.rank == other.rank) == (key(one.case_id) == key(other.case_id))


@given(scores, st.integers(1, 25), st.booleans(), st.data())
def test_a_cut_is_a_prefix_of_the_ranking(given_scores, places, cascade, data):
    ranking = rank_cases(given_scores, CASCADE if cascade else ALL, draw_facts(data, given_scores))
    advanced = cut_off(ranking, places).advanced
    into = [item.rank for item in ranking.standings if item.case_id in advanced]
    out = [item.rank for item in ranking.standings if item.case_id not in advanced]
    assert not into or not out or max(into) < min(out)
