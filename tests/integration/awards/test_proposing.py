from collections.abc import Callable

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYet
from contracts.rpc import awards as rpc
from services.awards import invariants
from services.awards.service import SERVICE
from tests.integration.awards.world import EDITION, RESULT, World
from tests.support.harness import Harness


@pytest.fixture
def world(harness: Callable[..., Harness]) -> World:
    return World(harness(SERVICE))


def propose(world: World, **args: object) -> dict:
    return world.awards.execute(
        rpc.propose_awards, {"edition_id": EDITION, **args}, world.awards.secretariat()
    )


def table(proposal: dict, prize: str) -> list[str]:
    return [line["case_id"] or line["laureate"] for line in proposal["lines"] if line["prize"] == prize]


def test_prizes_follow_from_the_final_with_ties_included(world: World) -> None:
    world.final([1, 2, 3, 3, 5, 6, 7])
    proposal = propose(world)
    assert table(proposal, "first") == ["case-1"]
    assert table(proposal, "second") == ["case-2", "case-3", "case-4"]
    assert table(proposal, "third") == ["case-5", "case-6"]
    assert table(proposal, "best_organisation") == ["推荐单位甲"]
    assert proposal["total"] == 7 and proposal["result_id"] == RESULT
    (event,) = world.awards.emitted("AwardsProposed")
    assert event.data["total"] == 7 and event.data["awards"][0]["contact_account"] == "acc-1"
    assert invariants.awards_recompute(world.awards.reading()) == []


def test_a_dry_run_shows_the_same_table_and_stores_nothing(world: World) -> None:
    world.final([1, 2, 3])
    shown = propose(world, dry_run=True)
    assert shown["proposal_id"] is None
    assert world.awards.rows("proposals") == world.awards.rows("awards") == [] == world.awards.emitted()
    assert propose(world)["lines"] == shown["lines"]


def test_it_waits_until_the_final_is_closed_and_every_score_is_here(world: World) -> None:
    world.tell(world.edition())
    with pytest.raises(NotYet):
        propose(world)
    world.tell(world.closed(2), world.scored(1, 1))
    with pytest.raises(NotYet) as refused:
        propose(world)
    assert (refused.value.facts["arrived"], refused.value.facts["expected"]) == (1, 2)
    world.tell(world.scored(2, 2))
    with pytest.raises(NotYet) as refused:
        propose(world)
    assert refused.value.facts["missing"] == ["case-1", "case-2"]
    world.tell(world.case(1), world.case(2), world.unit(1), world.unit(2))
    assert propose(world)["total"] == 2 + 0


def test_events_in_the_opposite_order_give_the_same_prizes(world: World) -> None:
    events = [world.scored(number, number) for number in (3, 2, 1)]
    events += [event for number in (1, 2, 3) for event in world.qualified(number)]
    events += [world.case(number) for number in (3, 2, 1)] + [world.unit(number) for number in (2, 3, 1)]
    world.tell(*events, world.closed(3), world.edition())
    world.tell(*events)
    assert table(propose(world), "first") == ["case-1"]


def test_disqualified_and_withdrawn_cases_are_left_out(world: World) -> None:
    world.final([1, 2, 3, 4, 5])
    world.tell(world.disqualified(1), world.withdrawn(3), world.disqualified(4), world.reinstated(4))
    proposal = propose(world)
    assert proposal["left_out"] == ["case-1", "case-3"]
    assert table(proposal, "first") == ["case-2"] and table(proposal, "second") == ["case-4", "case-5"]


def test_a_reinstatement_heard_before_its_disqualification_counts(world: World) -> None:
    world.final([1, 2])
    world.tell(world.reinstated(1, sequence=21))
    world.tell(world.disqualified(1, sequence=20))
    assert propose(world)["left_out"] == []


def test_one_proposal_stands_until_it_is_discarded(world: World) -> None:
    world.final([1, 2, 3])
    first = propose(world)
    with pytest.raises(Conflict) as refused:
        propose(world)
    assert refused.value.facts["proposal_id"] == first["proposal_id"]
    args = {"proposal_id": first["proposal_id"], "reason": "名单需要重拟"}
    secretariat = world.awards.secretariat()
    assert world.awards.execute(rpc.discard_proposal, args, secretariat)["awards"] == first["total"]
    with pytest.raises(Conflict):
        world.awards.execute(rpc.discard_proposal, args, secretariat)
    assert world.awards.emitted("AwardWithdrawn") == []
    assert propose(world)["proposal_id"] != first["proposal_id"]
    listed = world.awards.ask(rpc.list_proposals, {}, secretariat)["items"]
    assert [row["status"] for row in listed] == ["discarded", "proposed"]


def test_a_superseded_result_stops_the_proposal_drawn_up_from_it(world: World) -> None:
    world.final([1, 2, 3])
    old = propose(world)
    world.tell(world.superseded("result-3", "result-2"), world.superseded("result-2"))
    world.tell(*[world.scored(number, 4 - number, result="result-3") for number in (1, 2, 3)])
    secretariat = world.awards.secretariat()
    with pytest.raises(Conflict) as refused:
        world.awards.execute(rpc.open_publicity, {"proposal_id": old["proposal_id"]}, secretariat)
    assert refused.value.facts["superseded_by"] == "result-3"
    world.awards.execute(
        rpc.discard_proposal, {"proposal_id": old["proposal_id"], "reason": "新结果"}, secretariat
    )
    assert table(propose(world), "first") == ["case-3"]


@pytest.mark.parametrize(
    ("since", "fact", "case_id"),
    [("reinstated", "reinstated", "case-1"), ("disqualified", "knocked_out", "case-2"),
     ("withdrawn", "knocked_out", "case-2")],
)  # fmt: skip
def test_publicity_does_not_open_on_finalists_of_the_past(
    world: World, since: str, fact: str, case_id: str
) -> None:
    world.final([1, 2, 3])
    world.tell(world.unit(9), world.case(9), world.disqualified(1), world.disqualified(9))
    args = {"proposal_id": propose(world)["proposal_id"]}
    world.tell(world.reinstated(9))  # never came to the final: it changes no prize
    world.tell(getattr(world, since)(int(case_id[-1])))
    secretariat = world.awards.secretariat()
    with pytest.raises(Conflict) as refused:
        world.awards.execute(rpc.open_publicity, args, secretariat)
    named = {"knocked_out": [], "reinstated": [], "proposal_id": args["proposal_id"]}
    assert refused.value.facts == {**named, fact: [case_id]}
    assert {row["status"] for row in world.awards.rows("awards")} <= {"proposed", "withdrawn"}
    world.awards.execute(rpc.discard_proposal, {**args, "reason": "决赛名单有变"}, secretariat)
    again = {"proposal_id": propose(world)["proposal_id"]}
    assert world.awards.execute(rpc.open_publicity, again, secretariat)["awards"] > 0


def test_a_result_is_shown_as_it_was_heard_best_first(world: World) -> None:
    world.final([2, 1, 3])
    args = {"result_id": RESULT, "limit": 2}
    page = world.awards.ask(rpc.list_placings, args, world.awards.operator())
    assert page["items"] == [
        {"case_id": "case-2", "rank": 1, "score": "99.50"},
        {"case_id": "case-1", "rank": 2, "score": "98.50"},
    ]
    rest = world.awards.ask(rpc.list_placings, {**args, "after": page["next"]}, world.awards.operator())
    assert [row["case_id"] for row in rest["items"]] == ["case-3"] and rest["next"] is None
    with pytest.raises(NotAllowed):
        world.awards.ask(rpc.list_placings, args, world.awards.entrant("unit-1"))


def test_an_organisation_written_in_two_ways_gets_one_prize(world: World) -> None:
    world.final([1, 2, 3, 4])
    ways = ["绿源（集团）", "绿源(集团)", "单枪", "绿源（集团）"]
    for number, name in enumerate(ways, 1):
        renamed = world.unit(number, recommender=name)
        object.__setattr__(renamed, "sequence", 2)
        world.tell(renamed)
    assert table(propose(world), "best_organisation") == ["绿源（集团）"]
    (tally, *_) = world.awards.rows("proposals")[0]["tallies"]
    assert tally["submitted"] == 3


def test_a_nominated_unit_may_change_its_name(world: World) -> None:
    world.final([1, 2])
    nominee = {"edition_id": EDITION, "prize": "best_contribution", "grounds": "理由", "unit_id": "unit-2"}
    nomination = world.awards.execute(rpc.nominate_contribution, nominee, world.awards.expert())
    vote = {"nomination_id": nomination["nomination_id"], "in_favour": True}
    world.awards.execute(rpc.vote_contribution, vote, world.awards.expert())
    renamed = world.unit(2, name="新名通信有限公司")
    object.__setattr__(renamed, "sequence", 2)
    world.tell(renamed)
    assert table(propose(world), "best_contribution") == ["新名通信有限公司"]
    assert invariants.awards_recompute(world.awards.reading()) == []
    change = {"$set": {"unit_id": "unit-1"}}
    world.awards.store.collection("awards").update_one({"prize": "best_contribution"}, change)
    assert len(invariants.awards_recompute(world.awards.reading())) == 1


def test_contribution_is_nominated_voted_and_given_to_a_majority(world: World) -> None:
    world.final([1, 2])
    awards = world.awards
    nominee = {"edition_id": EDITION, "prize": "best_contribution", "grounds": "连年协助组织评审"}
    unit = awards.execute(rpc.nominate_contribution, {**nominee, "unit_id": "unit-2"}, awards.expert())
    other = awards.execute(
        rpc.nominate_contribution, {**nominee, "laureate": "某省通信管理局"}, awards.secretariat()
    )
    for voter, in_favour in (("expert-1", True), ("expert-2", True), ("expert-3", False)):
        args = {"nomination_id": unit["nomination_id"], "in_favour": in_favour}
        state = awards.execute(rpc.vote_contribution, args, awards.expert(voter))
    assert (state["in_favour"], state["against"]) == (2, 1)
    proposal = propose(world)
    assert table(proposal, "best_contribution") == ["第2通信有限公司"]
    with pytest.raises(Conflict):
        args = {"nomination_id": other["nomination_id"], "in_favour": True}
        awards.execute(rpc.vote_contribution, args, awards.expert())
    with pytest.raises(Conflict):
        awards.execute(rpc.nominate_contribution, {**nominee, "laureate": "迟到者"}, awards.expert())
    rows = awards.ask(rpc.list_nominations, {"edition_id": EDITION}, awards.expert())["items"]
    assert [row["proposal_id"] for row in rows] == [proposal["proposal_id"]] * 2
    assert invariants.awards_recompute(awards.reading()) == []


def test_a_nomination_names_one_nominee_once(world: World) -> None:
    world.final([1])
    expert = world.awards.expert()
    nominee = {"edition_id": EDITION, "prize": "best_contribution", "grounds": "理由"}
    for wrong in ({}, {"laureate": "甲", "unit_id": "unit-1"}):
        with pytest.raises(InvalidInput):
            world.awards.execute(rpc.nominate_contribution, {**nominee, **wrong}, expert)
    world.awards.execute(rpc.nominate_contribution, {**nominee, "laureate": "甲"}, expert)
    with pytest.raises(Conflict):
        world.awards.execute(rpc.nominate_contribution, {**nominee, "laureate": "甲"}, expert)
    with pytest.raises(NotYet):
        world.awards.execute(rpc.nominate_contribution, {**nominee, "unit_id": "unit-9"}, expert)


def test_a_large_proposal_is_told_in_chunks(world: World) -> None:
    world.final([1] * 230)
    proposal = propose(world)
    assert proposal["counts"]["first"] == 230
    first, second = world.awards.emitted("AwardsProposed")
    assert len(first.data["awards"]) == 200 and (second.data["chunk"], second.data["chunks"]) == (2, 2)


def test_tampering_with_an_award_is_found(world: World) -> None:
    world.final([1, 2, 3])
    propose(world)
    world.awards.store.collection("awards").update_one({"case_id": "case-1"}, {"$set": {"prize": "third"}})
    (finding,) = invariants.awards_recompute(world.awards.reading())
    assert finding["check"] == "awards_recompute" and "case-1" in finding["problem"]


def test_discarding_opens_the_vote_again(world: World) -> None:
    world.final([1])
    awards = world.awards
    nominee = {"edition_id": EDITION, "prize": "best_contribution", "grounds": "理由", "laureate": "甲"}
    nomination = awards.execute(rpc.nominate_contribution, nominee, awards.expert())
    proposal = propose(world)
    args = {"proposal_id": proposal["proposal_id"], "reason": "漏投"}
    awards.execute(rpc.discard_proposal, args, awards.secretariat())
    vote = {"nomination_id": nomination["nomination_id"], "in_favour": True}
    assert awards.execute(rpc.vote_contribution, vote, awards.expert())["in_favour"] == 1
    assert table(propose(world), "best_contribution") == ["甲"]


def test_a_final_by_track_is_refused_and_so_is_an_unknown_edition(world: World) -> None:
    with pytest.raises(NotFound):
        propose(world)
    closed = world.closed(1)
    closed.data["track"] = "industry"
    world.tell(world.edition(), closed)
    with pytest.raises(Conflict):
        propose(world)
