"""Experts take duties on, give cases back, and hand sheets in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, OutsideWindow, Unavailable
from contracts.events import registration
from contracts.rpc import review as rpc
from tests.integration.review.contest import EDITION_ID, TRACKS, make_uscc

THREE = {"track": {"panel": 3, "least_sheets": 3}}


@pytest.fixture
def world(contest):
    """A track round over two cases with a panel of three, five experts in the pool."""
    made = contest(**THREE)
    made.begin(units=2, cases_each=1, experts=5)
    made.pass_formal()
    made.round_id = made.open("track", TRACKS[0])
    return made


def test_nothing_opens_before_the_declarations(contest):
    world = contest(formal={"panel": 1, "least_sheets": 1, "blind": True})
    world.begin(units=1, cases_each=1, experts=1)
    round_id = world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["round_id"]
    world.do(rpc.assign_experts, round_id=round_id)
    world.review.run_jobs()
    me = world.as_expert("expert-1")
    (seat,) = world.everything(rpc.my_assignments, me)
    assert (seat["title"], seat["accepted"]) == ("案例1", False)
    key = {"assignment_id": seat["assignment_id"]}
    for method, more in ((rpc.case_for_review, {}), (rpc.material_for_review, {"material_id": "m-1"})):
        with pytest.raises(Conflict):
            world.do(method, me, **key, **more)
    with pytest.raises(InvalidInput):
        world.do(rpc.accept_duty, me, round_id=round_id, confidentiality=False)
    wrong = [{"case_id": "case-9"}, {}, {"case_id": "case-1", "uscc": make_uscc(1)}]
    with pytest.raises(InvalidInput) as refused:
        world.do(rpc.accept_duty, me, round_id=round_id, confidentiality=True, conflicts=wrong)
    assert len(refused.value.fields) == 3
    world.do(rpc.accept_duty, me, round_id=round_id, confidentiality=True)
    shown = world.do(rpc.case_for_review, me, **key)
    assert shown["blind"] and shown["unit_name"] is None and shown["materials"][0]["material_id"] == "m-1"
    with pytest.raises(NotFound):
        world.do(rpc.material_for_review, me, **key, material_id="m-2")
    with pytest.raises(Unavailable):
        world.do(rpc.material_for_review, me, **key, material_id="m-1")


def test_an_assignment_is_seen_by_its_expert_only(world):
    seat = world.seats(world.round_id)[0]
    other = world.as_expert("expert-99")
    for method, more in (
        (rpc.case_for_review, {}), (rpc.recuse, {"reason": "不是我的"}),
        (rpc.submit_score_sheet, {"case_revision": 1, "marks": [{"criterion": "effect", "value": "1"}]}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            world.do(method, other, assignment_id=seat["assignment_id"], **more)
    with pytest.raises(NotFound):
        world.do(rpc.accept_duty, other, round_id=world.round_id, confidentiality=True)
    with pytest.raises(NotAllowed):
        world.do(rpc.my_assignments, world.secretary)
    assert world.everything(rpc.my_assignments, other) == []


def test_a_better_sheet_replaces_the_first_and_both_stay_on_record(world):
    seat = world.seats(world.round_id)[0]
    first = world.score(seat, 60)
    second = world.score(seat, 70)
    assert (first["number"], second["number"], second["total"]) == (1, 2, "70.0000")
    assert len(world.told("ScoreSubmitted")) == 2 + 4
    assert world.findings() == []
    record = world.everything(rpc.round_record, round_id=world.round_id)
    sheets = [row["content"] for row in record if row["kind"] == "score_sheet"]
    assert [sheet["total"] for sheet in sheets] == ["60.0000", "70.0000"]
    assert all(seat["expert_id"] not in str(row) for row in record)


def test_sheets_are_taken_in_the_window_only(world):
    seat = world.seats(world.round_id)[0]
    world.review.clock.advance(days=365)
    with pytest.raises(OutsideWindow):
        world.score(seat, 60)


def test_one_command_sent_fifty_times_hands_in_one_sheet(world):
    seat = world.seats(world.round_id)[0]
    caller = world.as_expert(seat["expert_id"])
    shown = world.do(rpc.case_for_review, caller, assignment_id=seat["assignment_id"])
    args = {
        "assignment_id": seat["assignment_id"], "case_revision": 1, "comment": "总体较好，数据充分。",
        "marks": [{"criterion": item["criterion"], "value": "80"} for item in shown["criteria"]],
    }  # fmt: skip

    def send(_):
        return world.review.execute(rpc.submit_score_sheet, args, caller, command_id="cmd-1")["sheet_id"]

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(send, range(50)))) == 1
    assert len(world.review.rows("sheets", {"round_id": world.round_id})) == 1


def test_experts_who_score_one_case_at_once_all_count(world):
    seats = [seat for seat in world.seats(world.round_id) if seat["case_id"] == "case-1"]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda seat: world.score(seat, 80), seats))
    (case,) = [row for row in world.everything(rpc.list_round_cases, round_id=world.round_id)
               if row["case_id"] == "case-1"]  # fmt: skip
    assert case["sheets"] == 3
    assert (
        world.do(rpc.round_seal, round_id=world.everything(rpc.list_rounds)[0]["round_id"])["findings"] == []
    )


def test_a_recused_expert_is_replaced_and_his_sheet_counts_no_more(world):
    seat = world.seats(world.round_id)[0]
    world.score(seat, 60)
    me = world.as_expert(seat["expert_id"])
    world.do(rpc.recuse, me, assignment_id=seat["assignment_id"], reason="曾任该单位顾问")
    assert world.told("ExpertRecused")[0].data["ground"] == "declared"
    with pytest.raises(Conflict):
        world.do(rpc.recuse, me, assignment_id=seat["assignment_id"], reason="再次")
    world.review.run_jobs()
    panel = world.everything(rpc.list_assignments, round_id=world.round_id, case_id=seat["case_id"])
    assert len([row for row in panel if row["status"] in ("accepted", "assigned")]) == 3
    assert [row["status"] for row in panel if row["expert_id"] == seat["expert_id"]] == ["recused"]
    assert world.findings() == []
    mine = world.everything(rpc.my_assignments, me, round_id=world.round_id)
    assert seat["case_id"] not in [row["case_id"] for row in mine]


def test_a_unit_declared_by_its_code_takes_all_its_cases_away(contest):
    world = contest()
    world.begin(units=2, cases_each=2, experts=4)
    round_id = world.do(rpc.open_round, edition_id=EDITION_ID, stage="formal")["round_id"]
    world.do(rpc.assign_experts, round_id=round_id)
    world.review.run_jobs()
    by_expert = world.everything(rpc.list_assignments, round_id=round_id)
    name = by_expert[0]["expert_id"]
    mine = {row["case_id"] for row in by_expert if row["expert_id"] == name}
    answer = world.do(
        rpc.accept_duty, world.as_expert(name), round_id=round_id, confidentiality=True,
        conflicts=[{"uscc": make_uscc(1), "note": "配偶任职"}],
    )  # fmt: skip
    of_unit = mine & {"case-1", "case-2"}
    assert (answer["recused"], answer["accepted"]) == (len(of_unit), len(mine - of_unit))
    world.review.run_jobs()
    again = world.everything(rpc.list_assignments, round_id=round_id, expert_id=name)
    assert not {row["case_id"] for row in again if row["status"] != "recused"} & {"case-1", "case-2"}


def test_a_suspended_expert_loses_what_he_has_not_scored(world):
    seats = world.seats(world.round_id)
    name = seats[0]["expert_id"]
    own = [seat for seat in seats if seat["expert_id"] == name]
    world.score(own[0], 70)
    number = int(name.rpartition("-")[2])
    gone = world.expert(number, registration.ExpertSuspended, status="suspended", reason="本人申请")
    world.tell(gone)
    world.review.run_jobs()
    left = world.everything(rpc.list_assignments, round_id=world.round_id, expert_id=name)
    assert {row["status"] for row in left if row["assignment_id"] == own[0]["assignment_id"]} == {"scored"}
    assert {row["status"] for row in left if row["assignment_id"] != own[0]["assignment_id"]} <= {"revoked"}
    assert world.do(rpc.round_progress, round_id=world.round_id)["unassigned_seats"] == 0


def test_a_word_of_suspension_that_is_outdated_takes_nothing(world):
    seat = world.seats(world.round_id)[0]
    number = int(seat["expert_id"].rpartition("-")[2])
    gone = world.expert(number, registration.ExpertSuspended, status="suspended", reason="误")
    world.tell(world.expert(number, registration.ExpertUpdated), gone)
    assert world.do(rpc.list_assignments, expert_id=seat["expert_id"], status="revoked")["items"] == []
