"""Whole lives of cases, from sign-up to the prize, through redelivery, disorder, repeats and crashes.

XINLV_LIVES=200 makes it 200 lives instead of a handful.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from contracts.rpc import awards as awards_rpc
from contracts.rpc import registration as registration_rpc
from contracts.rpc import review as review_rpc
from contracts.rpc import submission as submission_rpc
from tests.fakes.contest import EDITION_ID
from tests.fakes.entries import filled
from tests.lives import agreement, judging
from tests.lives.world import EXPERTS, FATES, TRACK, Fuse, World, burning, rules
from tests.support.harness import Harness
from tests.unit.registration.conftest import expert_args, unit_args

LIVES = int(os.environ.get("XINLV_LIVES", "4"))
STEPS = 30
FALSE = [{"code": "D-FALSE", "note": "数据不实"}]
chances = st.integers(0, 2**32 - 1).map(Random)
fates = st.sampled_from(FATES)


class Life(RuleBasedStateMachine):
    """One contest. The model says what was accepted: units, cases with their revisions, who is out."""

    make: Callable[[], World]

    @initialize(random=chances)
    def begin(self, random: Random) -> None:
        self.random = random
        self.world = type(self).make()
        self.staff = self.world.at["review"].secretariat()
        self.second = self.world.at["review"].secretariat("acc-second")
        self.units: list[str] = []
        self.cases: dict[str, dict[str, Any]] = {}
        self.world.do(registration_rpc.publish_edition, self.staff, edition=rules())
        for _ in range(EXPERTS):
            made = self.world.do(registration_rpc.enroll_expert, self.staff, **expert_args(tracks=[TRACK]))
            self.world.accept(made["account_id"])
        for _ in range(2):
            self.sign_up("well")
        self.world.settle(random)
        for fate in ("well", "twice", "after", "before"):
            self.enter(random, fate)
        self.world.deliver(random, 0.7)

    @rule(fate=fates)
    def sign_up(self, fate: str) -> None:
        if len(self.units) < 5:
            anonymous = self.world.at["registration"].anonymous
            made = self.world.try_to(registration_rpc.register_unit, anonymous, fate, **unit_args())
            if made:
                self.units.append(made["unit_id"])

    @rule(random=chances, fate=fates)
    def enter(self, random: Random, fate: str) -> None:
        """Draft a case and hand it in."""
        if len(self.cases) >= 10:
            return
        unit_id = random.choice(self.units)
        caller = self.world.at["submission"].entrant(unit_id)
        title = f"第{len(self.cases) + 1}号案例"
        draft = self.world.try_to(
            submission_rpc.save_draft, caller, fate, edition_id=EDITION_ID, **filled(track=TRACK, title=title)
        )
        if draft and self.world.try_to(submission_rpc.submit_case, caller, fate, case_id=draft["case_id"]):
            self.cases[draft["case_id"]] = {"unit": unit_id, "revisions": 1, "withdrawn": False, "out": False}

    @rule(random=chances, fate=fates)
    def decide_unit(self, random: Random, fate: str) -> None:
        decision = random.choice(("pass", "pass", "pass", "return", "reject"))
        reasons = {"pass": [], "return": [{"code": "Q-PAPERS"}], "reject": [{"code": "Q-KIND"}]}[decision]
        self.world.try_to(
            review_rpc.decide_qualification, self.staff, fate, edition_id=EDITION_ID,
            unit_id=random.choice(self.units), decision=decision, reasons=reasons,
        )  # fmt: skip

    @rule(random=chances, fate=fates)
    def revise(self, random: Random, fate: str) -> None:
        """Hand in again whatever came back."""
        for case_id, said in self.cases.items():
            caller = self.world.at["submission"].entrant(said["unit"])
            if self.world.try_to(submission_rpc.revise_case, caller, fate, case_id=case_id):
                said["revisions"] += 1

    @rule(random=chances, fate=fates, by_staff=st.booleans(), likely=st.integers(0, 3))
    def withdraw(self, random: Random, fate: str, by_staff: bool, likely: int) -> None:
        if not self.cases or likely:
            return
        case_id, said = random.choice(sorted(self.cases.items()))
        caller = self.staff if by_staff else self.world.at["submission"].entrant(said["unit"])
        args = {"case_id": case_id, "reason": "不再参赛"}
        if self.world.try_to(submission_rpc.withdraw_case, caller, fate, **args):
            said["withdrawn"] = True

    @rule(random=chances, fate=fates)
    def disqualify(self, random: Random, fate: str) -> None:
        """Knock a case out by two persons, or take one back in."""
        if not self.cases:
            return
        case_id, said = random.choice(sorted(self.cases.items()))
        if not said["out"]:
            self.world.try_to(review_rpc.disqualify_case, self.staff, fate, case_id=case_id, reasons=FALSE)
            confirm = review_rpc.confirm_disqualification
            if self.world.try_to(confirm, self.second, fate, case_id=case_id):
                said["out"] = True
        # at once or much later: both words may be on the way together, in any order
        if said["out"] and random.random() < 0.7:
            args = {"case_id": case_id, "reason": "申诉成立"}
            if self.world.try_to(review_rpc.reinstate_case, self.staff, fate, **args):
                said["out"] = False

    @rule(random=chances, fate=fates)
    def change_employer(self, random: Random, fate: str) -> None:
        """Let the first expert go to one of the units: its cases are none of his from then on."""
        registration = self.world.at["registration"]
        expert = registration.rows("experts")[0]
        (unit,) = registration.rows("units", {"_id": random.choice(self.units)})
        self.world.try_to(
            registration_rpc.update_expert, self.staff, fate, expert_id=expert["_id"],
            version=expert["version"], employer_uscc=unit["uscc"],
        )  # fmt: skip

    @rule(random=chances)
    def open_a_round(self, random: Random) -> None:
        judging.open_next(self.world, self.staff, random)

    @rule(random=chances)
    def judge(self, random: Random) -> None:
        judging.judge(self.world, self.staff, random)

    @rule(random=chances)
    def close_rounds(self, random: Random) -> None:
        judging.close(self.world, self.staff, random)

    @rule(random=chances)
    def deliver(self, random: Random) -> None:
        self.world.deliver(random, random.choice((0.2, 0.5, 0.9)))

    @rule(random=chances)
    def repeat(self, random: Random) -> None:
        self.world.repeat(random)

    @rule(fate=fates)
    def give_prizes(self, fate: str) -> None:
        """Take the prizes one step on."""
        proposals = self.world.every(awards_rpc.list_proposals, self.staff, edition_id=EDITION_ID)
        standing = next((row for row in proposals if row["status"] != "discarded"), None)
        if standing is None:
            self.world.try_to(awards_rpc.propose_awards, self.staff, fate, edition_id=EDITION_ID)
            return
        args = {"proposal_id": standing["proposal_id"]}
        if standing["status"] == "proposed":
            done = self.world.try_to(awards_rpc.open_publicity, self.staff, fate, **args)
        else:
            self.world.pass_time(days=12)
            done = self.world.try_to(awards_rpc.publish_awards, self.staff, fate, **args)
        if done is None:  # finalists went or came back since it was drawn up
            self.world.try_to(awards_rpc.discard_proposal, self.staff, **args, reason="重新提出")

    def teardown(self) -> None:
        if not hasattr(self, "units"):
            return
        self.world.settle(self.random)
        self.agree()
        self.bring_to_an_end()
        self.agree()
        self.tell()

    def bring_to_an_end(self) -> None:
        """Pass the units that wait, judge what is to be judged, close every round and give the prizes."""
        for unit_id in self.units:
            self.world.try_to(
                review_rpc.decide_qualification, self.staff, edition_id=EDITION_ID, unit_id=unit_id,
                decision="pass", reasons=[],
            )  # fmt: skip
        for _ in range(30):
            self.world.settle(self.random)
            self.revise(self.random, "well")
            self.world.settle(self.random)
            idle = not judging.open_rounds(self.world, self.staff)
            if idle and not judging.open_next(self.world, self.staff, self.random):
                break
            judging.judge(self.world, self.staff, self.random, 1.0)
            self.world.pass_time(days=1)
            judging.close(self.world, self.staff, self.random)
        assert judging.open_rounds(self.world, self.staff) == []
        for _ in range(4):
            self.give_prizes("after")
            self.world.settle(self.random)

    def tell(self) -> None:
        """Say how far this life came, for who asks for many of them (pytest -s)."""
        stood = Counter(row["status"] for row in self.world.at["review"].rows("assessments"))
        prizes = Counter(row["status"] for row in self.world.at["awards"].rows("awards"))
        print(f"{self.world.count_told()} events, {dict(stood)}, awards {dict(prizes)}")

    def agree(self) -> None:
        model = {"units": self.units, "cases": self.cases}
        agreement.check_services(self.world)
        agreement.check_cases(self.world, model)
        agreement.check_letters(self.world)
        agreement.check_sight(self.world, model)


@pytest.fixture
def fuse() -> Iterator[Fuse]:
    made = Fuse()
    with burning(made):
        yield made


@pytest.mark.long
@pytest.mark.timeout(60 + 120 * LIVES)
def test_lives_end_in_agreement(harness: Callable[..., Harness], grounds: Any, fuse: Fuse) -> None:
    """Each life has databases of its own, emptied after it."""

    def begin() -> World:
        grounds.give_back()
        return World(harness, fuse)

    kind = type("Life", (Life,), {"make": staticmethod(begin)})
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=LIVES, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate], print_blob=True,
        ),
    )  # fmt: skip
