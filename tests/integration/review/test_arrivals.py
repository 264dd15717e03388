"""Events in any order and any number come to the same state."""

from __future__ import annotations

from contracts.events import registration, submission
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID


def qualification(world):
    """Return the only qualification."""
    (row,) = world.everything(rpc.list_qualifications, edition_id=EDITION_ID)
    return row


def test_a_case_may_come_before_its_unit_and_its_edition(contest):
    world = contest()
    case = world.case(1, 1)
    assert world.tell(case) == ["not_yet"]
    assert world.tell(world.edition(), case) == ["handled", "handled"]
    assert qualification(world)["unit"] is None
    assert world.tell(world.unit(1), case) == ["handled", "repeated"]
    row = qualification(world)
    assert (row["status"], row["cases"], row["unit"]["name"]) == ("pending", 1, "单位1")


def test_a_late_older_revision_changes_nothing(contest):
    world = contest()
    first = world.case(1, 1)
    second = world.case(1, 1, submission.CaseRevised, revision=2, title="改名")
    world.tell(world.edition(), world.unit(1), second, first)
    assert world.do(rpc.get_assessment, case_id="case-1")["revision"] == 2
    assert world.do(rpc.get_assessment, case_id="case-1")["title"] == "改名"
    assert world.review.rows("cases")[0]["revision"] == 2
    assert qualification(world)["cases"] == 1


def test_a_second_case_of_a_passed_unit_is_passed_too(contest):
    world = contest()
    world.begin(units=1, cases_each=1, experts=0)
    world.tell(world.case(2, 1))
    assert world.do(rpc.get_assessment, case_id="case-2")["unit_passed"]


def test_a_withdrawal_waits_for_its_case(contest):
    world = contest()
    world.tell(world.edition())
    gone = world.event(submission.CaseWithdrawn, "case-1", {
        "case_id": "case-1", "edition_id": EDITION_ID, "unit_id": "unit-1", "reason": "不参加了",
    })  # fmt: skip
    assert world.tell(gone) == ["not_yet"]
    assert world.tell(world.case(1, 1), gone, gone) == ["handled", "handled", "repeated"]
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "withdrawn"


def test_a_returned_unit_comes_back_when_it_changes(contest):
    world = contest()
    world.tell(world.edition(), world.case(1, 1))
    before = world.unit(1)
    world.tell(before)
    world.do(
        rpc.decide_qualification, edition_id=EDITION_ID, unit_id="unit-1", decision="return",
        reasons=[{"code": "Q-PAPERS", "note": "缺执照"}],
    )  # fmt: skip
    late = world.unit(1, registration.UnitUpdated)
    late = world.review.event(registration.UnitUpdated, "unit-1", before.sequence, late.data)
    world.tell(late)
    assert qualification(world)["status"] == "returned"
    world.tell(world.unit(1, registration.UnitUpdated, name="单位1（更名）"))
    assert qualification(world)["status"] == "pending"


def test_a_newer_edition_moves_dates_and_leaves_a_round_its_rules(contest):
    world = contest(formal={"panel": 1, "least_sheets": 1})
    world.begin(units=1, cases_each=1, experts=2)
    round_id = world.open("formal")
    world.rules["stages"][0]["panel"] = 2
    world.rules["stages"][0]["least_sheets"] = 2
    world.tell(world.edition(version=2))
    shown = world.do(rpc.get_round, round_id=round_id)
    assert shown["edition_version"] == 1
    (seat,) = world.seats(round_id)
    world.check(seat)
    assert world.do(rpc.get_assessment, case_id="case-1")["status"] == "qualified"
