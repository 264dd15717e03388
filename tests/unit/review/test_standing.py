"""Guarded steps: qualification, a case's assessment, rounds, seats."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Conflict, InvalidInput, NotAllowed, OutsideWindow
from contracts.words import AssignmentStatus, StageKind
from services.review.domain.assessment import Assessment
from services.review.domain.pseudonym import pseudonym_of
from services.review.domain.qualification import Qualification, qualification_id
from services.review.domain.round import Round, slot_of, stage_of
from services.review.domain.seat import Seat
from services.review.domain.window import require_open
from tests.unit.review.rules import EDITION, FINAL, FORMAL, TRACK

NOW = datetime(2025, 4, 1, tzinfo=UTC)
PAPERS = [{"code": "Q-PAPERS", "note": "缺执照"}]
FALSE = [{"code": "D-FALSE", "note": ""}]


def qualification(**changes) -> Qualification:
    """Return a pending qualification."""
    return Qualification(qualification_id("x", "u"), "x", "u", NOW, **changes)


def decide(subject, decision, reasons=(), days=None, seen=5):
    """Decide a qualification."""
    subject.decide(decision, list(reasons), days, EDITION, NOW, "acc-1", seen)


def test_a_unit_is_passed_once():
    unit = qualification()
    decide(unit, "pass")
    assert (unit.status, unit.decided_by) == ("passed", "acc-1")
    with pytest.raises(Conflict):
        decide(unit, "reject", [{"code": "Q-KIND"}])


def test_a_return_has_a_date_and_waits_for_a_later_state_of_the_unit():
    unit = qualification()
    decide(unit, "return", PAPERS)
    assert unit.due_at == NOW + timedelta(days=EDITION.qualification_return_days)
    assert not unit.take_correction(5)
    assert unit.take_correction(6) and unit.status == "pending" and unit.due_at is None
    assert not unit.take_correction(7)
    decide(unit, "return", PAPERS, days=3)
    assert unit.due_at == NOW + timedelta(days=3)
    decide(unit, "reject", [{"code": "Q-KIND"}])
    assert unit.status == "rejected"


@pytest.mark.parametrize(
    ("decision", "reasons", "wrong"),
    [
        ("pass", PAPERS, "reasons"),
        ("return", [], "reasons"),
        ("reject", PAPERS, "reasons.0.code"),
        ("return", PAPERS * 2, "reasons.1.code"),
    ],
)
def test_reasons_must_fit_the_decision(decision, reasons, wrong):
    with pytest.raises(InvalidInput) as refused:
        decide(qualification(), decision, reasons)
    assert [error.field for error in refused.value.fields] == [wrong]


def assessment(**changes) -> Assessment:
    """Return a case that waits for formal review."""
    return Assessment("c", "x", "u", "t", "acc", "N-1", "标题", 1, "formal", **changes)


def in_formal(**changes) -> Assessment:
    """Return a case in formal review."""
    return assessment(status="in_formal_review", round_id="r", **changes)


def test_formal_review_passes_returns_or_fails():
    passed, returned, failed = in_formal(), in_formal(), in_formal()
    passed.conclude_formal("pass", [], EDITION, FORMAL, NOW)
    assert (passed.status, passed.next_stage, passed.round_id) == ("qualified", "track", None)
    returned.conclude_formal("return", FALSE, EDITION, FORMAL, NOW)
    assert (returned.status, returned.due_at) == ("returned", NOW + timedelta(days=FORMAL.return_days))
    failed.conclude_formal("fail", FALSE, EDITION, FORMAL, NOW)
    assert (failed.status, failed.next_stage) == ("failed", None)
    with pytest.raises(Conflict):
        failed.conclude_formal("pass", [], EDITION, FORMAL, NOW)


@pytest.mark.parametrize(
    ("round_open", "status", "round_id", "again"),
    [(True, "in_formal_review", "r", True), (False, "waiting", None, False)],
)
def test_a_returned_case_comes_back(round_open, status, round_id, again):
    case = in_formal()
    case.conclude_formal("return", FALSE, EDITION, FORMAL, NOW)
    assert case.take_revision(2, "新标题", round_open) is again
    assert (case.status, case.round_id, case.title, case.due_at) == (status, round_id, "新标题", None)
    assert not case.take_revision(2, "旧标题", round_open) and case.title == "新标题"


def test_a_new_revision_in_formal_review_is_looked_at_again_and_elsewhere_not():
    assert in_formal().take_revision(2, "新", True)
    waiting = assessment()
    assert not waiting.take_revision(2, "新", True) and waiting.revision == 2


def test_a_round_advances_stops_or_makes_finalists():
    def after(outcome, stage, **changes):
        case = assessment(status="in_round", round_id="r", **changes)
        case.conclude_round(outcome, EDITION, stage)
        return case.status, case.next_stage

    assert after("advanced", TRACK) == ("advanced", "final")
    assert after("stopped", TRACK) == ("stopped", None)
    assert after("stopped", FINAL) == ("finalist", None)
    last = replace(EDITION, stages=(FORMAL, TRACK))
    case = assessment(status="in_round")
    case.conclude_round("advanced", last, TRACK)
    assert case.next_stage is None


def test_the_last_stage_may_be_the_formal_one():
    case = in_formal()
    case.conclude_formal("pass", [], replace(EDITION, stages=(FORMAL,)), FORMAL, NOW)
    assert case.next_stage is None


def test_who_left_stays_out_when_the_round_ends():
    gone = assessment(status="withdrawn")
    gone.conclude_round("advanced", EDITION, TRACK)
    assert gone.status == "withdrawn"
    out = assessment(status="disqualified", status_before="in_round")
    out.conclude_round("advanced", EDITION, TRACK)
    assert (out.status, out.status_before) == ("disqualified", "advanced")


def test_disqualification_takes_two_persons():
    case = assessment(status="in_round", round_id="r")
    with pytest.raises(Conflict):
        case.confirm_disqualification("b", NOW)
    case.propose_disqualification(FALSE, "a", NOW)
    with pytest.raises(Conflict):
        case.propose_disqualification(FALSE, "b", NOW)
    with pytest.raises(NotAllowed):
        case.confirm_disqualification("a", NOW)
    assert case.confirm_disqualification("b", NOW) == FALSE and case.status == "disqualified"
    with pytest.raises(Conflict):
        case.propose_disqualification(FALSE, "b", NOW)
    with pytest.raises(Conflict):
        case.drop_disqualification()


def test_a_dropped_proposal_can_be_made_again():
    case = assessment()
    case.propose_disqualification(FALSE, "a", NOW)
    case.drop_disqualification()
    case.propose_disqualification(FALSE, "a", NOW)
    assert case.withdraw() and not case.withdraw()
    with pytest.raises(Conflict):
        case.confirm_disqualification("b", NOW)


@pytest.mark.parametrize(
    ("before", "round_open", "after"),
    [
        ("in_round", True, "in_round"), ("in_round", False, "qualified"),
        ("in_formal_review", False, "waiting"), ("returned", False, "waiting"),
        ("finalist", False, "finalist"),
    ],
)  # fmt: skip
def test_reinstating_puts_a_case_where_it_can_go_on(before, round_open, after):
    case = assessment(status=before, round_id="r")
    case.propose_disqualification(FALSE, "a", NOW)
    case.confirm_disqualification("b", NOW)
    case.reinstate(round_open)
    assert case.status == after and case.disqualification is None
    with pytest.raises(Conflict):
        case.reinstate(round_open)


def a_round(**changes) -> Round:
    """Return an open round."""
    return Round("r", "x", 1, "track", "track", "t", "00" * 32, NOW, "x:track:t", **changes)


def test_a_round_is_frozen_closed_and_may_get_another_result():
    round_ = a_round()
    with pytest.raises(Conflict):
        round_.begin_result("b")
    round_.freeze("a")
    with pytest.raises(Conflict):
        round_.freeze("b")
    round_.close(NOW, "root", formal=False)
    assert (round_.status, round_.result_id, round_.pending_result, round_.slot) == (
        "closed",
        "a",
        None,
        "x:track:t",
    )
    round_.begin_result("b")
    with pytest.raises(Conflict):
        round_.begin_result("c")


def test_a_closed_formal_round_makes_room_for_another():
    round_ = a_round()
    round_.freeze("a")
    round_.close(NOW, "root", formal=True)
    assert round_.slot != "x:track:t"


@pytest.mark.parametrize(
    ("stage", "track", "wrong"),
    [
        ("nothing", None, ("stage", "reference")),
        ("track", None, ("track", "required")),
        ("track", "nothing", ("track", "reference")),
        ("final", EDITION.tracks[0].id, ("track", "unknown")),
    ],
)
def test_a_round_fits_its_stage(stage, track, wrong):
    with pytest.raises(InvalidInput) as refused:
        stage_of(EDITION, stage, track)
    assert (refused.value.fields[0].field, refused.value.fields[0].rule) == wrong


def test_where_a_round_stands():
    assert stage_of(EDITION, "final", None).kind == StageKind.FINAL
    assert stage_of(EDITION, "track", EDITION.tracks[0].id) == TRACK
    assert slot_of("x", "final", None) == "x:final:-"


def seat(**changes) -> Seat:
    """Return a seat just given."""
    return Seat("s", "r", "x", "track", "c", "t", "e", "acc", NOW, **changes)


def test_a_seat_is_accepted_scored_and_scored_again():
    held = seat()
    with pytest.raises(Conflict):
        held.score("sheet-1")
    held.accept()
    assert held.score("sheet-1") == 1 and held.score("sheet-2") == 2
    held.accept()
    assert (held.status, held.sheet_id) == ("scored", "sheet-2")
    held.reopen()
    held.reopen()
    assert (held.status, held.sheet_id) == ("accepted", None)


def test_a_seat_that_was_left_takes_nothing():
    held = seat(status="accepted")
    held.leave(AssignmentStatus.RECUSED, "declared")
    assert (held.active, held.ground) == (False, "declared")
    with pytest.raises(Conflict):
        held.leave(AssignmentStatus.REVOKED, "again")
    with pytest.raises(Conflict):
        held.score("sheet-1")


def test_a_window_is_half_open():
    window = EDITION.window("qualification")
    require_open(EDITION, "qualification", window.opens_at)
    require_open(EDITION, "qualification", window.closes_at - timedelta(milliseconds=1))
    for moment in (window.closes_at, window.opens_at - timedelta(milliseconds=1)):
        with pytest.raises(OutsideWindow) as refused:
            require_open(EDITION, "qualification", moment)
        assert refused.value.facts["window"] == "qualification"


@given(st.text(max_size=20), st.text(max_size=20))
def test_pseudonyms_differ_by_expert_and_by_round(one, other):
    assert (pseudonym_of("00", one) == pseudonym_of("00", other)) == (one == other)
    assert pseudonym_of("00", one) != pseudonym_of("01", one)
