"""What the others tell each service in the course of a contest: some of every kind that it wants to hear."""

from __future__ import annotations

from typing import Any

from contracts.events import Event, EventType
from contracts.events.registration import (
    EditionPublished,
    ExpertSuspended,
    ExpertUpdated,
    UnitRegistered,
    UnitSuspended,
    UnitUpdated,
)
from contracts.events.review import (
    CaseDisqualified,
    CaseReinstated,
    CaseReturned,
    FormalReviewFailed,
    FormalReviewPassed,
)
from contracts.events.submission import CaseRevised, CaseWithdrawn
from contracts.rpc import submission as rpc
from plumbing.clock import FixedClock
from services.notify.service import SERVICE as NOTIFY
from services.submission import repository
from services.submission.service import SERVICE as SUBMISSION
from tests.fakes.contest import CASE_REF, DUE, EDITION_ID, HAPPENINGS, RULES, UNIT, told
from tests.fakes.entries import IN_TIME, an_entry
from tests.integration.awards.world import MONDAY, World
from tests.integration.review.contest import Contest
from tests.support.harness import Harness

ANEW = "result-final-2"
CASES = {1: "unit-1", 2: "unit-1", 3: "unit-2", 4: "unit-2", 5: "unit-3", 6: "unit-3"}
DECIDED: dict[int, list[EventType]] = {
    1: [CaseReturned, FormalReviewPassed],
    2: [CaseReturned, FormalReviewFailed],
    3: [CaseReturned],
    4: [FormalReviewPassed, CaseDisqualified, CaseReinstated],
    5: [FormalReviewPassed, CaseDisqualified],
    6: [CaseReturned, FormalReviewPassed, CaseDisqualified, CaseReinstated, CaseDisqualified],
}
"""What review decides of each of submission's cases, one after the other."""


class Recorder:
    """Stands where a harness would and keeps what it is told."""

    event = Harness.event

    def __init__(self) -> None:
        self.clock = FixedClock(MONDAY)
        self.execute = self.ask = lambda *_: {}
        self.events: list[Event] = []

    def handle(self, events: list[Event]) -> list[Event]:
        """Keep the events."""
        self.events += events
        return []


def follow(harness: Any, event: Event, kind: EventType, sequence: int, **changes: Any) -> Event:
    """Return an event that tells of the same subject later."""
    made: Event = harness.event(kind, event.subject, sequence, {**event.payload(), **changes})
    return made


def tell_awards(_harness: Any) -> list[Event]:
    """Tell of a final whose cases change, are withdrawn, go and come back, and which is ranked anew."""
    recorder = Recorder()
    world = World(recorder)  # type: ignore[arg-type]
    world.final([1, 2, 3, 4, 5])
    moved, gone = world.unit(1), world.unit(4)
    world.tell(
        world.edition(version=2),
        follow(recorder, moved, UnitUpdated, 2, name="迁址后的通信有限公司"),
        follow(recorder, gone, UnitSuspended, 2, status="suspended", reason="信用代码有争议"),
        follow(recorder, gone, UnitUpdated, 3, name="核实后的通信有限公司"),
        follow(recorder, world.case(2), CaseRevised, 2, title="改过的节能案例", revision=2),
        world.withdrawn(3), world.disqualified(4), world.disqualified(5), world.reinstated(5),
        world.disqualified(1), world.reinstated(1), world.disqualified(1, sequence=22),
        world.superseded(ANEW),
        *(world.scored(number, 6 - number, result=ANEW) for number in (1, 2, 4, 5)),
    )  # fmt: skip
    return recorder.events


def tell_notify(harness: Any) -> list[Event]:
    """Tell of everything that concerns somebody."""
    return [told(harness(NOTIFY), name) for name in HAPPENINGS]


def tell_review(harness: Any) -> list[Event]:
    """Tell of units, experts and cases that come, change and go."""
    contest = Contest(harness)
    events = [contest.edition()]
    events += [contest.unit(number) for number in range(1, 6)]
    events += [contest.expert(number) for number in range(1, 6)]
    events += [contest.case(number, 1 + number % 5) for number in range(1, 11)]
    events += [
        contest.case(number, 1 + number % 5, CaseRevised, title=f"改{number}", revision=2)
        for number in (2, 4)
    ]
    suspended = {"status": "suspended", "reason": "有争议"}
    events += [
        contest.edition(version=2),
        contest.unit(1, UnitUpdated, name="更名后的单位"),
        contest.unit(2, UnitSuspended, **suspended),
        contest.unit(3, UnitSuspended, **suspended),
        contest.unit(3, UnitUpdated, province="31"),
        contest.expert(1, ExpertUpdated, employer="新的研究院"),
        contest.expert(2, ExpertSuspended, **suspended),
        contest.expert(3, ExpertSuspended, **suspended),
        contest.expert(3, ExpertUpdated, capacity=5),
    ]
    leaving = {"edition_id": EDITION_ID, "reason": "材料有误"}
    for number in (4, 5):
        case = {"case_id": f"case-{number}", "unit_id": f"unit-{1 + number % 5}"}
        events.append(contest.event(CaseWithdrawn, case["case_id"], {**leaving, **case}))
    return events


def tell_submission(harness: Any) -> list[Event]:
    """Tell of units that change, and of what review decided of the cases that were handed in."""
    make = harness(SUBMISSION).event
    events = [_edition(make, 1), *(_unit(make, unit_id) for unit_id in sorted(set(CASES.values())))]
    suspended = {"status": "suspended", "reason": "信用代码有争议"}
    events += [
        _edition(make, 2),
        _unit(make, "unit-1", UnitUpdated, 2, name="更名后的单位"),
        _unit(make, "unit-2", UnitSuspended, 2, **suspended),
        _unit(make, "unit-3", UnitSuspended, 2, **suspended),
        _unit(make, "unit-3", UnitUpdated, 3),
    ]
    reasons = [{"code": "F-TEMPLATE", "note": "第2页缺少盖章"}]
    said = {
        CaseReturned: {"reasons": reasons, "due_at": DUE}, FormalReviewFailed: {"reasons": reasons},
        CaseDisqualified: {"reasons": reasons}, CaseReinstated: {"reason": "复核后撤销"},
    }  # fmt: skip
    for number, decisions in DECIDED.items():
        case = {**CASE_REF, "case_id": f"case-{number}", "unit_id": CASES[number]}
        events += [
            make(kind, case["case_id"], sequence, {**case, **said.get(kind, {})})
            for sequence, kind in enumerate(decisions, 2)
        ]
    return events


def hand_cases_in(submission: Harness) -> None:
    """Hand the cases in that review decides of later; the edition and the units are known by then."""
    submission.clock.set(IN_TIME)
    known = [_edition(submission.event, 1), *(_unit(submission.event, one) for one in set(CASES.values()))]
    assert {str(outcome.status) for outcome in submission.handle(known)} == {"handled"}
    for number, unit_id in CASES.items():
        draft = an_entry()
        draft.id, draft.unit_id, draft.version = f"case-{number}", unit_id, 1
        submission.store.collection("cases").insert_one(repository.document_of(draft))
        submission.execute(rpc.submit_case, {"case_id": draft.id}, submission.entrant(unit_id))


def _edition(make: Any, version: int) -> Any:
    data = {"edition_id": EDITION_ID, "version": version, "edition": {**RULES, "version": version}}
    return make(EditionPublished, EDITION_ID, version, data)


def _unit(
    make: Any, unit_id: str, kind: EventType = UnitRegistered, sequence: int = 1, **changes: Any
) -> Any:
    return make(kind, unit_id, sequence, {**UNIT, "unit_id": unit_id, **changes})
