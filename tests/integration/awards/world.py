"""What the other services tell awards of one small contest, as real events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from contracts.edition import edition_from_dict
from contracts.events import Event, registration, review, submission
from contracts.fields import load
from contracts.rpc import Method
from tests.support.harness import Harness

ROOT = Path(__file__).resolve().parents[3]
EDITION = "xinlv-3"
RESULT, ROUND = "result-final-1", "round-final"
MONDAY = datetime(2025, 9, 8, 2, 0, tzinfo=UTC)
ROOT_HASH = "0" * 64


def rules(**changes: Any) -> dict[str, Any]:
    """Return the default edition with fewer prizes: 1 first, 2 second, 2 third, 1 of each other kind."""
    edition = yaml.safe_load((ROOT / "editions" / "xinlv-3.yaml").read_text(encoding="utf-8"))
    counts = {"first": 1, "second": 2, "third": 2, "best_organisation": 1, "best_contribution": 1}
    edition["prizes"] = [
        {**prize, "count": counts[prize["id"]]} for prize in edition["prizes"] if prize["id"] in counts
    ]
    edition_from_dict({**edition, **changes})
    return {**edition, **changes}


def described(call: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return the call with its result checked against the method's schema."""

    def checked(method: Method, *args: Any, **options: Any) -> dict[str, Any]:
        result = call(method, *args, **options)
        load(method.result(), result)
        return result

    return checked


class World:
    """Makes events for a harness and hands them over."""

    def __init__(self, awards: Harness) -> None:
        self.awards = awards
        awards.clock.set(MONDAY)
        # every answer of a test is held to what contracts/rpc says of it
        awards.execute, awards.ask = described(awards.execute), described(awards.ask)

    def tell(self, *events: Event) -> None:
        """Hand events over; every one must be handled."""
        outcomes = [str(outcome.status) for outcome in self.awards.handle(list(events))]
        assert set(outcomes) <= {"handled", "repeated"}, outcomes

    def edition(self, version: int = 1, **changes: Any) -> Event:
        data = {
            "edition_id": EDITION,
            "version": version,
            "edition": {**rules(**changes), "version": version},
        }
        return self.awards.event(registration.EditionPublished, EDITION, version, data)

    def unit(self, number: int, **changes: Any) -> Event:
        data = {
            "unit_id": f"unit-{number}",
            "name": f"第{number}通信有限公司",
            "uscc": "91350100M000100Y43",
            "kind": "enterprise",
            "province": "11",
            "group_unit": None,
            "recommender": f"推荐单位{'甲' if number % 2 else '乙'}",
            "status": "active",
            "contact_account": f"acc-{number}",
            **changes,
        }
        return self.awards.event(registration.UnitRegistered, data["unit_id"], 1, data)

    def case(self, number: int, **changes: Any) -> Event:
        data = {
            "case_id": f"case-{number}",
            "number": f"XL3-06-{number:04d}",
            "edition_id": EDITION,
            "edition_version": 1,
            "track": "green_computing",
            "title": f"第{number}号节能案例",
            "summary": "概要",
            "answers": {},
            "unit_id": f"unit-{number}",
            "joint_units": [],
            "contact_account": f"acc-{number}",
            "materials": [],
            "revision": 1,
            "submitted_at": MONDAY,
            **changes,
        }
        return self.awards.event(submission.CaseSubmitted, data["case_id"], 1, data)

    def qualified(self, number: int) -> list[Event]:
        passed = {
            "unit_id": f"unit-{number}",
            "edition_id": EDITION,
            "contact_account": f"acc-{number}",
            "decided_at": MONDAY,
        }
        return [
            self.awards.event(review.QualificationPassed, f"{EDITION}:unit-{number}", 2, passed),
            self.awards.event(review.FormalReviewPassed, f"case-{number}", 3, self.reference(number)),
        ]

    def reference(self, number: int) -> dict[str, Any]:
        return {
            "case_id": f"case-{number}",
            "edition_id": EDITION,
            "unit_id": f"unit-{number}",
            "track": "green_computing",
            "contact_account": f"acc-{number}",
        }

    def scored(self, number: int, rank: int, *, result: str = RESULT, tied: bool = False) -> Event:
        data = {
            "result_id": result,
            "round_id": ROUND,
            "edition_id": EDITION,
            "stage": "final",
            "kind": "final",
            "track": "green_computing",
            "case_id": f"case-{number}",
            "unit_id": f"unit-{number}",
            "method": "trimmed_mean",
            "score": f"{100 - rank}.50",
            "rank": rank,
            "tied": tied,
            "outcome": "advanced",
            "sheets": 7,
        }
        return self.awards.event(review.RoundScored, f"{result}:case-{number}", 1, data)

    def closed(self, cases: int) -> Event:
        data = {
            "result_id": RESULT,
            "round_id": ROUND,
            "edition_id": EDITION,
            "stage": "final",
            "kind": "final",
            "track": None,
            "cases": cases,
            "sheets": 7 * cases,
            "advanced": cases,
            "merkle_root": ROOT_HASH,
            "closed_at": MONDAY,
        }
        return self.awards.event(review.RoundClosed, ROUND, 9, data)

    def disqualified(self, number: int, sequence: int = 20) -> Event:
        data = {**self.reference(number), "reasons": [{"code": "D01", "note": ""}]}
        return self.awards.event(review.CaseDisqualified, f"case-{number}", sequence, data)

    def reinstated(self, number: int, sequence: int = 21) -> Event:
        data = {**self.reference(number), "reason": "复核后恢复"}
        return self.awards.event(review.CaseReinstated, f"case-{number}", sequence, data)

    def withdrawn(self, number: int) -> Event:
        data = {
            "case_id": f"case-{number}",
            "edition_id": EDITION,
            "unit_id": f"unit-{number}",
            "reason": "放弃",
        }
        return self.awards.event(submission.CaseWithdrawn, f"case-{number}", 30, data)

    def superseded(self, new: str, old: str = RESULT) -> Event:
        data = {
            "round_id": ROUND,
            "edition_id": EDITION,
            "old_result_id": old,
            "new_result_id": new,
            "reason": "改用平均分",
        }
        return self.awards.event(review.ResultSuperseded, ROUND, 10, data)

    def final(self, ranks: list[int]) -> None:
        """Tell a whole contest whose final has these ranks, case by case."""
        numbers = range(1, len(ranks) + 1)
        events = [self.edition(), self.closed(len(ranks))]
        for number, rank in zip(numbers, ranks, strict=True):
            events += [self.unit(number), self.case(number), *self.qualified(number)]
            events.append(self.scored(number, rank, tied=ranks.count(rank) > 1))
        self.tell(*events)

    def pass_publicity(self) -> None:
        """Let the period of five working days end."""
        self.awards.clock.set(MONDAY + timedelta(days=8))
