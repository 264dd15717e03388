from collections.abc import Callable
from datetime import timedelta

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, OutsideWindow, TooManyRequests
from contracts.rpc import awards as rpc
from plumbing.identity.caller import Caller
from services.awards import invariants
from services.awards.commands import objections
from services.awards.service import SERVICE
from tests.integration.awards.world import EDITION, MONDAY, World
from tests.support.harness import Harness

OBJECTOR = {"kind": "person", "name": "欧阳清", "phone": "13800001234", "email": "ouyang@example.cn"}
EVIDENCE = [{"description": "现场测量记录与申报数据不符"}]


@pytest.fixture
def awards(harness: Callable[..., Harness]) -> Harness:
    """A contest of five finalists whose prizes have just become public."""
    world = World(harness(SERVICE))
    world.final([1, 2, 3, 4, 5])
    made = world.awards
    proposal = made.execute(rpc.propose_awards, {"edition_id": EDITION}, made.secretariat())
    made.execute(rpc.open_publicity, {"proposal_id": proposal["proposal_id"]}, made.secretariat())
    made.world, made.proposal_id = world, proposal["proposal_id"]
    return made


def award_of(awards: Harness, case_id: str) -> dict:
    (row,) = awards.rows("awards", {"case_id": case_id})
    return row


def object_to(awards: Harness, case_id: str, caller: object = None, **changes: object) -> dict:
    args = {
        "award_id": award_of(awards, case_id)["_id"],
        "objector": OBJECTOR,
        "grounds": "数据不实",
        "evidence": EVIDENCE,
        **changes,
    }
    return awards.execute(rpc.file_objection, args, caller or awards.anonymous)


def resolve(awards: Harness, objection: dict, outcome: str, subject: str = "acc-secretariat") -> dict:
    args = {"objection_id": objection["objection_id"], "outcome": outcome, "resolution": "已核实"}
    return awards.execute(rpc.resolve_objection, args, awards.secretariat(subject))


def publish(awards: Harness) -> dict[str, str]:
    started = awards.execute(rpc.publish_awards, {"proposal_id": awards.proposal_id}, awards.secretariat())
    assert awards.run_job(started["job_id"])["state"] == "done"
    rows = awards.rows("job_outcomes", {"job_id": started["job_id"]})
    return {row["laureate"] + row["prize"]: row["outcome"] for row in rows}


def test_the_plan_names_its_days_and_the_event_says_until_when(awards: Harness) -> None:
    (event,) = awards.emitted("PublicityOpened")
    assert event.data["closes_at"] == "2025-09-15T16:00:00.000Z" and event.data["working_days"] == 5
    with pytest.raises(Conflict):
        awards.execute(rpc.open_publicity, {"proposal_id": awards.proposal_id}, awards.secretariat())


def test_the_notice_is_public_while_the_period_lasts(awards: Harness) -> None:
    page = awards.ask(rpc.public_notice, {"edition_id": EDITION, "limit": 4}, awards.anonymous)
    rest = awards.ask(rpc.public_notice, {"edition_id": EDITION, "after": page["next"]}, awards.anonymous)
    assert [row["prize"] for row in page["items"] + rest["items"]] == [
        "first",
        "second",
        "second",
        "third",
        "third",
        "best_organisation",
    ]
    assert "score" not in page["items"][0] and rest["next"] is None
    awards.world.pass_publicity()
    assert awards.ask(rpc.public_notice, {"edition_id": EDITION}, awards.anonymous)["items"] == []
    assert awards.ask(rpc.list_results, {"edition_id": EDITION}, awards.anonymous)["items"] == []


def test_an_objection_holds_back_that_award_only(awards: Harness) -> None:
    objection = object_to(awards, "case-2")
    with pytest.raises(OutsideWindow):
        publish(awards)
    awards.world.pass_publicity()
    summary = awards.execute(
        rpc.publish_awards, {"proposal_id": awards.proposal_id, "dry_run": True}, awards.secretariat()
    )
    assert summary["job_id"] is None and summary["summary"] == {"published": 5, "objected": 1}
    outcomes = publish(awards)
    assert outcomes.pop("第2通信有限公司second") == "objected" and set(outcomes.values()) == {"published"}
    assert len(awards.emitted("AwardPublished")) == 5
    assert resolve(awards, objection, "dismissed")["status"] == "dismissed"
    again = publish(awards)
    assert again.pop("第2通信有限公司second") == "published" and set(again.values()) == {"published_already"}
    assert len(awards.emitted("AwardPublished")) == 6
    assert invariants.objections_hold(awards.reading()) == []


def test_an_upheld_objection_withdraws_the_award(awards: Harness) -> None:
    resolve(awards, object_to(awards, "case-1"), "upheld")
    told = {event.kind.name for event in awards.emitted()}
    assert {"ObjectionFiled", "ObjectionResolved", "AwardWithdrawn"} <= told
    awards.world.pass_publicity()
    assert publish(awards)["第1通信有限公司first"] == "withdrawn"


def test_whoever_filed_it_does_not_resolve_it(awards: Harness) -> None:
    objection = object_to(awards, "case-1", awards.secretariat("acc-a"))
    with pytest.raises(NotAllowed):
        resolve(awards, objection, "upheld", "acc-a")
    resolve(awards, objection, "dismissed", "acc-b")
    with pytest.raises(Conflict):
        resolve(awards, objection, "upheld", "acc-c")


def test_anonymous_late_and_early_objections_change_nothing(awards: Harness) -> None:
    before = award_of(awards, "case-1")
    with pytest.raises(InvalidInput) as refused:
        object_to(awards, "case-1", objector={"kind": "person", "name": "匿名"}, evidence=[])
    assert {fault.field for fault in refused.value.fields} == {
        "objector.name",
        "objector.phone",
        "evidence",
    }
    awards.clock.set(MONDAY + timedelta(days=7, hours=14))
    with pytest.raises(OutsideWindow):
        object_to(awards, "case-1")
    with pytest.raises(NotFound):
        awards.execute(
            rpc.file_objection,
            {"award_id": "award-none", "objector": OBJECTOR, "grounds": "x", "evidence": EVIDENCE},
            awards.anonymous,
        )
    assert award_of(awards, "case-1") == before and awards.emitted("ObjectionFiled") == []


def from_address(number: int) -> Caller:
    return Caller("anonymous", address=f"192.0.2.{number}")


def test_nobody_shuts_out_who_objects_on_the_last_day(awards: Harness) -> None:
    awards.clock.set(MONDAY + timedelta(days=7, hours=13))
    for number in range(100):
        with pytest.raises(InvalidInput):
            object_to(awards, "case-1", from_address(number), evidence=[])
    for number in range(60):
        stranger = {**OBJECTOR, "phone": f"1390000{number:04d}", "email": f"a{number}@example.cn"}
        object_to(awards, "case-1", from_address(number), objector=stranger)
    assert object_to(awards, "case-1", from_address(200))["status"] == "filed"
    assert award_of(awards, "case-1")["open_objections"] == 61


@pytest.mark.parametrize(
    "contact", [{"phone": "+86 138-0000-1234", "email": "other@example.cn"}, {"email": "OUYANG@example.cn"}]
)
def test_one_objector_files_so_many_a_day_from_wherever(awards: Harness, contact: dict[str, str]) -> None:
    for number in range(objections.BY_CONTACT.most):
        with pytest.raises(InvalidInput):
            object_to(awards, "case-1", from_address(number), evidence=[])
    for number in range(objections.BY_CONTACT.most):
        object_to(awards, "case-1", from_address(number))
    before = award_of(awards, "case-2")
    with pytest.raises(TooManyRequests) as refused:
        objector = {"kind": "person", "name": "欧阳清", **contact}
        object_to(awards, "case-2", from_address(99), objector=objector)
    assert refused.value.facts["wait_seconds"] > 3600 and award_of(awards, "case-2") == before


def test_an_award_that_waits_for_no_open_objection_is_found(awards: Harness) -> None:
    change = awards.store.collection("awards").update_one
    change({"case_id": "case-1"}, {"$set": {"status": "objected"}})
    (finding,) = invariants.objections_hold(awards.reading())
    assert finding["subject"] == award_of(awards, "case-1")["_id"] and "no objection" in finding["problem"]


def test_personal_data_stay_here_and_are_masked_in_lists(awards: Harness) -> None:
    objection = object_to(awards, "case-1")
    told = str([event.data for event in awards.emitted()])
    assert "13800001234" not in told and "欧阳清" not in told
    (row,) = awards.ask(rpc.list_objections, {}, awards.auditor())["items"]
    assert (row["phone"], row["email"]) == ("138****34", "o***@example.cn")
    full = awards.ask(rpc.get_objection, {"objection_id": objection["objection_id"]}, awards.secretariat())
    assert full["phone"] == "13800001234"
    looks = awards.rows("audit", {"actor": "acc-secretariat", "action": {"$regex": "get_objection"}})
    assert len(looks) == 1


def test_a_disqualification_holds_an_award_and_its_reinstatement_releases_it(awards: Harness) -> None:
    awards.world.tell(awards.world.disqualified(1), awards.world.disqualified(2))
    awards.world.tell(awards.world.reinstated(2))
    awards.world.pass_publicity()
    outcomes = publish(awards)
    assert outcomes["第1通信有限公司first"] == "held" and outcomes["第2通信有限公司second"] == "published"


def test_a_disqualification_after_publishing_withdraws_and_can_be_undone(awards: Harness) -> None:
    awards.world.pass_publicity()
    publish(awards)
    awards.world.tell(awards.world.disqualified(1))
    args = {"award_id": award_of(awards, "case-1")["_id"], "reason": "复核后恢复"}
    with pytest.raises(Conflict):
        awards.execute(rpc.reinstate_award, args, awards.secretariat())
    awards.world.tell(awards.world.reinstated(1))
    assert awards.execute(rpc.reinstate_award, args, awards.secretariat())["status"] == "published"
    first = [e for e in awards.emitted() if e.subject == args["award_id"]]
    assert [e.kind.name for e in first] == ["AwardPublished", "AwardWithdrawn", "AwardPublished"]
    assert [e.sequence for e in first] == sorted({e.sequence for e in first})


def test_a_withdrawn_case_loses_its_award(awards: Harness) -> None:
    awards.world.tell(awards.world.withdrawn(3))
    assert award_of(awards, "case-3")["status"] == "withdrawn"
    (event,) = awards.emitted("AwardWithdrawn")
    assert "放弃" in event.data["reason"]


def test_withdrawing_by_hand_needs_a_reason(awards: Harness) -> None:
    award_id = award_of(awards, "case-1")["_id"]
    with pytest.raises(InvalidInput):
        awards.execute(rpc.withdraw_award, {"award_id": award_id}, awards.secretariat())
    args = {"award_id": award_id, "reason": "单位放弃", "dry_run": True}
    assert awards.execute(rpc.withdraw_award, args, awards.secretariat())["status"] == "withdrawn"
    assert award_of(awards, "case-1")["status"] == "in_publicity"
    awards.execute(rpc.withdraw_award, {**args, "dry_run": False}, awards.secretariat())
    assert award_of(awards, "case-1")["status"] == "withdrawn"


def test_a_public_proposal_can_be_discarded_until_something_is_published(awards: Harness) -> None:
    args = {"proposal_id": awards.proposal_id, "reason": "名单有误"}
    assert (
        awards.execute(rpc.discard_proposal, {**args, "dry_run": True}, awards.secretariat())["awards"] == 6
    )
    awards.world.pass_publicity()
    publish(awards)
    with pytest.raises(Conflict):
        awards.execute(rpc.discard_proposal, args, awards.secretariat())


def test_once_all_that_was_published_is_withdrawn_another_proposal_can_be_drawn_up(awards: Harness) -> None:
    world, secretariat = awards.world, awards.secretariat()
    object_to(awards, "case-2")
    world.pass_publicity()
    publish(awards)
    world.tell(world.superseded("result-2"))
    world.tell(*[world.scored(number, 6 - number, result="result-2") for number in range(1, 6)])
    with pytest.raises(Conflict):
        publish(awards)
    discard = {"proposal_id": awards.proposal_id, "reason": "总决赛结果更正"}
    published = awards.rows("awards", {"status": "published"})
    for award in published:
        with pytest.raises(Conflict) as refused:
            awards.execute(rpc.discard_proposal, discard, secretariat)
        withdraw = {"award_id": award["_id"], "reason": "总决赛结果更正"}
        awards.execute(rpc.withdraw_award, withdraw, secretariat)
    assert refused.value.facts["published"] == 1
    assert awards.execute(rpc.discard_proposal, discard, secretariat)["awards"] == 1
    with pytest.raises(Conflict) as refused:
        args = {"award_id": published[0]["_id"], "reason": "又恢复"}
        awards.execute(rpc.reinstate_award, args, secretariat)
    assert refused.value.facts["proposal_id"] == awards.proposal_id
    again = awards.execute(rpc.propose_awards, {"edition_id": EDITION}, secretariat)
    assert again["result_id"] == "result-2" and again["lines"][0]["case_id"] == "case-5"
    assert invariants.objections_hold(awards.reading()) == invariants.awards_recompute(awards.reading()) == []


def test_who_comes_back_and_would_win_stops_publishing(awards: Harness) -> None:
    world, secretariat = awards.world, awards.secretariat()
    awards.execute(rpc.discard_proposal, {"proposal_id": awards.proposal_id, "reason": "重拟"}, secretariat)
    world.tell(world.disqualified(1))
    proposal = awards.execute(rpc.propose_awards, {"edition_id": EDITION}, secretariat)
    awards.proposal_id = proposal["proposal_id"]
    awards.execute(rpc.open_publicity, {"proposal_id": awards.proposal_id}, secretariat)
    world.pass_publicity()
    world.tell(world.reinstated(1))
    with pytest.raises(Conflict) as refused:
        publish(awards)
    assert refused.value.facts["reinstated"] == ["case-1"]
    world.tell(world.disqualified(1, sequence=22))
    assert set(publish(awards).values()) == {"published"}


def test_who_comes_back_and_would_win_nothing_keeps_nobody_waiting(harness: Callable[..., Harness]) -> None:
    world = World(harness(SERVICE))
    awards, secretariat = world.awards, world.awards.secretariat()
    world.final([1, 2, 3, 4, 5, 6])
    world.tell(world.disqualified(6))
    proposal = awards.execute(rpc.propose_awards, {"edition_id": EDITION}, secretariat)
    awards.proposal_id = proposal["proposal_id"]
    awards.execute(rpc.open_publicity, {"proposal_id": awards.proposal_id}, secretariat)
    world.pass_publicity()
    world.tell(world.reinstated(6))
    assert set(publish(awards).values()) == {"published"}


def test_who_sees_which_award(awards: Harness) -> None:
    own = awards.ask(rpc.list_awards, {}, awards.entrant("unit-1"))["items"]
    assert [row["case_id"] for row in own] == ["case-1"]
    seen = awards.ask(rpc.get_award, {"award_id": own[0]["award_id"]}, awards.entrant("unit-1"))
    assert seen["score"] is None and seen["rank"] is None
    with pytest.raises(NotFound):
        awards.ask(rpc.get_award, {"award_id": own[0]["award_id"]}, awards.entrant("unit-2"))
    assert awards.ask(rpc.get_award, {"award_id": own[0]["award_id"]}, awards.auditor())["score"] == "99.50"
    by_prize = {"edition_id": EDITION, "prize": "second", "status": "in_publicity"}
    assert len(awards.ask(rpc.list_awards, by_prize, awards.operator())["items"]) == 2
    with pytest.raises(NotAllowed):
        awards.ask(rpc.list_awards, {}, awards.expert())


def test_nothing_is_seen_before_publicity(harness: Callable[..., Harness]) -> None:
    world = World(harness(SERVICE))
    world.final([1, 2])
    world.awards.execute(rpc.propose_awards, {"edition_id": EDITION}, world.awards.secretariat())
    assert world.awards.ask(rpc.list_awards, {}, world.awards.entrant("unit-1"))["items"] == []
    with pytest.raises(OutsideWindow):
        object_to(world.awards, "case-1")
