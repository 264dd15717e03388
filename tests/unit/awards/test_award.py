from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.errors import Conflict, InvalidInput, OutsideWindow, Refusal
from contracts.words import AwardStatus
from services.awards.domain.award import FINAL, Award

OPENS = datetime(2025, 9, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=8)


def proposed() -> Award:
    return Award(
        "award-1",
        "xinlv-3",
        "proposal-1",
        1,
        "first",
        {"zh": "一等奖", "en": "First prize"},
        "某公司",
        "案例",
        "case-1",
        "unit-1",
        "track",
        "acc-1",
        1,
        "95.00",
        [],
    )


def in_publicity() -> Award:
    award = proposed()
    award.open_publicity(OPENS, CLOSES)
    return award


def test_the_whole_way():
    award = in_publicity()
    award.publish(CLOSES, "cor-1")
    award.allot("XL3-F-0001-0000")
    award.certify()
    assert (award.status, award.published_at, award.correlation_id) == (
        AwardStatus.CERTIFIED,
        CLOSES,
        "cor-1",
    )
    assert award.hindrance(CLOSES) == "published_already"


def test_it_is_not_published_before_the_period_ends():
    with pytest.raises(OutsideWindow) as refused:
        in_publicity().publish(CLOSES - timedelta(milliseconds=1))
    assert refused.value.facts["window"] == "publicity"
    with pytest.raises(Conflict):
        proposed().publish(CLOSES)


def test_two_objections_hold_it_until_both_are_dismissed():
    award = in_publicity()
    award.object()
    award.object()
    award.dismiss_objection()
    assert award.hindrance(CLOSES) == "objected"
    award.dismiss_objection()
    assert award.hindrance(CLOSES) is None


def test_an_upheld_objection_withdraws_it_once():
    award = in_publicity()
    award.object()
    award.object()
    award.uphold_objection("属实", CLOSES)
    assert award.status == AwardStatus.WITHDRAWN
    award.uphold_objection("也属实", CLOSES)
    assert (award.open_objections, award.withdrawn_reason) == (0, "属实")


def test_a_held_award_waits_and_is_released():
    award = in_publicity()
    award.hold("disqualified")
    assert award.hindrance(CLOSES) == "held"
    award.release()
    assert award.hindrance(CLOSES) is None


def test_withdrawing_needs_a_reason_and_happens_once():
    award = in_publicity()
    with pytest.raises(InvalidInput):
        award.withdraw(" ", CLOSES)
    award.withdraw("单位放弃", CLOSES)
    with pytest.raises(Conflict):
        award.withdraw("再次", CLOSES)
    with pytest.raises(Conflict):
        award.reinstate()


def test_a_published_award_comes_back_where_it_was():
    award = in_publicity()
    award.publish(CLOSES)
    award.withdraw("误报", CLOSES)
    award.reinstate()
    assert (award.status, award.withdrawn_reason, award.withdrawn_at) == (AwardStatus.PUBLISHED, "", None)
    award.allot("n")
    with pytest.raises(Conflict):
        award.allot("m")


class Life(RuleBasedStateMachine):
    """Any order of steps: what is refused changes nothing, and no objection is passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.award = proposed()
        self.open = 0
        self.now = OPENS

    def attempt(self, name: str, *args: object) -> bool:
        before = dict(vars(self.award))
        try:
            getattr(self.award, name)(*args)
        except Refusal:
            assert vars(self.award) == before
            return False
        return True

    @rule(name=st.sampled_from(["release", "reinstate", "certify"]))
    def step(self, name: str) -> None:
        self.attempt(name)

    @rule()
    def open_publicity(self) -> None:
        self.attempt("open_publicity", OPENS, CLOSES)

    @rule(days=st.integers(1, 5))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def object(self) -> None:
        self.open += self.attempt("object")

    @rule(upheld=st.booleans())
    def resolve(self, upheld: bool) -> None:
        if self.open:
            step = ("uphold_objection", "属实", self.now) if upheld else ("dismiss_objection",)
            assert self.attempt(*step)
            self.open -= 1

    @rule()
    def publish(self) -> None:
        if self.attempt("publish", self.now):
            assert self.open == 0 and self.now >= CLOSES and self.award.held is None

    @rule()
    def hold(self) -> None:
        self.attempt("hold", "disqualified")

    @rule()
    def withdraw(self) -> None:
        self.attempt("withdraw", "理由", self.now)

    @invariant()
    def objections_are_counted(self) -> None:
        assert self.award.open_objections == self.open
        if self.open:
            assert self.award.status in (AwardStatus.OBJECTED, AwardStatus.WITHDRAWN)
        if self.award.status in FINAL:
            assert self.award.published_at is not None and not self.open


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30)
