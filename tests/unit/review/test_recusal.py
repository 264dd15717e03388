"""Who must not judge what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Recusal
from contracts.words import plain_name
from services.review.domain.recusal import ConflictIndex, conflicts, interests_of, ties_of

RULES = Recusal(same_province=True, past_employer_years=3)
UNIT = {"name": "绿源科技（北京）", "uscc": "U1", "group_unit": "绿源集团", "province": "11"}
FAR = {
    "expert_id": "e1", "employer": "远方大学", "employer_uscc": "X9", "group_unit": None, "province": "44",
    "past_employers": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "grounds"),
    [
        ({}, []),
        ({"employer_uscc": "U1"}, ["same_unit"]),
        ({"employer": "绿源科技(北京) "}, ["same_unit"]),
        ({"group_unit": "绿源集团"}, ["same_group"]),
        ({"employer": "绿源集团"}, ["same_group"]),
        ({"group_unit": "绿源科技（北京）"}, ["same_group"]),
        ({"province": "11"}, ["same_province"]),
        ({"past_employers": [{"name": "绿源科技（北京）", "until_year": 2022}]}, ["past_employer"]),
        ({"past_employers": [{"name": "绿源科技（北京）", "until_year": 2021}]}, []),
        ({"employer_uscc": "J1"}, ["same_unit"]),
    ],
)
def test_each_ground_is_seen(changes, grounds):
    case = interests_of("c1", [UNIT, {"name": "联合单位", "uscc": "J1"}])
    assert conflicts(case, ties_of({**FAR, **changes}), RULES, 2025) == grounds


@pytest.mark.parametrize("said", [{"case_id": "c1"}, {"uscc": "U1"}])
def test_a_declared_relation_counts(said):
    expert = ties_of(FAR, [said, {"case_id": "other"}])
    assert conflicts(interests_of("c1", [UNIT]), expert, RULES, 2025) == ["declared"]


def test_grounds_can_be_switched_off():
    near = ties_of(
        {**FAR, "employer_uscc": "U1", "province": "11", "group_unit": "绿源集团"}, [{"case_id": "c1"}]
    )
    nothing = Recusal(same_unit=False, same_group=False, declared=False)
    assert conflicts(interests_of("c1", [UNIT]), near, nothing, 2025) == []


def test_a_unit_without_group_is_not_in_the_group_of_an_expert_without_one():
    case = interests_of("c1", [{**UNIT, "group_unit": None}])
    assert conflicts(case, ties_of(FAR), Recusal(), 2025) == []
    assert plain_name(None) == ""


few = st.sampled_from(["甲", "乙", "丙", "甲 ", "丁集团"])
units = st.lists(
    st.fixed_dictionaries({
        "name": few, "uscc": st.sampled_from("123"), "group_unit": st.none() | few,
        "province": st.sampled_from(["11", "12", None]),
    }), min_size=1, max_size=3,
)  # fmt: skip
experts = st.fixed_dictionaries({
    "employer": few, "employer_uscc": st.none() | st.sampled_from("123"), "group_unit": st.none() | few,
    "province": st.sampled_from(["11", "12", "13"]),
    "past_employers": st.lists(
        st.fixed_dictionaries({"name": few, "until_year": st.integers(2018, 2025)}), max_size=2),
})  # fmt: skip
rules = st.builds(
    Recusal, same_unit=st.booleans(), same_group=st.booleans(), same_province=st.booleans(),
    declared=st.booleans(), past_employer_years=st.integers(0, 5),
)  # fmt: skip
declared = st.lists(st.sampled_from([{"case_id": "c0"}, {"uscc": "2"}, {"case_id": "c1"}]), max_size=2)


@given(st.lists(units, min_size=1, max_size=4), st.lists(st.tuples(experts, declared), max_size=5), rules)
def test_the_index_finds_what_trying_all_pairs_finds(cases, people, given_rules):
    pool = [ties_of({**facts, "expert_id": f"e{i}"}, said) for i, (facts, said) in enumerate(people)]
    index = ConflictIndex(pool, given_rules, 2025)
    for number, involved in enumerate(cases):
        case = interests_of(f"c{number}", involved)
        pairs = {expert.expert_id: conflicts(case, expert, given_rules, 2025) for expert in pool}
        assert index.of(case) == {name: grounds for name, grounds in pairs.items() if grounds}
