"""Parked messages and the state of a service, as an operator sees them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from contracts.errors import InvalidInput, Unavailable
from plumbing.operations import parked, state
from plumbing.service import Findings
from tests.fakes.sample_services import REVIEW

ROWS = [{"parked_id": f"prk-{n}", "parked_at": f"2026-01-0{3 - n // 2}T00:00:00Z"} for n in range(5)]
OLDEST_FIRST = ["prk-4", "prk-2", "prk-3", "prk-0", "prk-1"]


class View:
    """Reads of a service whose job has parked messages in hand for so many looks."""

    def __init__(self, looks: int = 0) -> None:
        self.looks = looks

    def collection(self, name: str) -> Any:
        assert name == "jobs"
        return SimpleNamespace(find_one=self._find_one)

    def _find_one(self, _query: Any, _fields: Any) -> Any:
        self.looks -= 1
        return {"_id": "job-1"} if self.looks >= 0 else None


class Parking:
    """Five parked messages, one of which was looked at twice meanwhile."""

    def look(self) -> list[dict[str, Any]]:
        return [*ROWS, ROWS[1]]

    def count(self) -> tuple[int, int]:
        return 5, 7


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parked, "POLL", 0.001)


def a_page(view: View, after: str | None, limit: int = 2) -> Any:
    parking: Any = SimpleNamespace(look=lambda: ROWS)
    return parked.list_parked(parking, view, {"after": after, "limit": limit})


def choose(view: View, **args: Any) -> Any:
    told = {"parked_ids": [], "all": False, "dry_run": False, **args}
    return parked.choose(Parking(), view, told)  # type: ignore[arg-type]


def test_pages_hold_each_parked_message_once_the_oldest_first() -> None:
    shown: list[str] = []
    after, pages = None, 0
    while after or not pages:
        page = a_page(View(), after)
        shown += [row["parked_id"] for row in page["items"]]
        after, pages = page["next"], pages + 1
    assert shown == OLDEST_FIRST and pages == 3
    assert a_page(View(), None, limit=5)["next"] is None


def test_what_a_job_has_in_hand_is_waited_for() -> None:
    view = View(looks=3)
    assert len(a_page(view, None)["items"]) == 2 and view.looks < 0
    assert choose(View(looks=3), all=True)["chosen"] == [row["parked_id"] for row in ROWS]


def test_a_job_that_takes_long_is_told_to_who_would_choose_and_not_to_who_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parked, "LONGEST_WAIT", 0.01)
    with pytest.raises(Unavailable):
        choose(View(looks=10**6), all=True)
    assert len(a_page(View(looks=10**6), None)["items"]) == 2


def test_a_choice_names_what_is_missing_and_what_is_left() -> None:
    named = {"parked_ids": ["prk-1", "prk-9"]}
    assert choose(View(), **named) == {"chosen": ["prk-1"], "missing": ["prk-9"], "left": 4}
    assert choose(View(), **named, dry_run=True)["left"] == 5
    for neither in ({}, {**named, "all": True}):
        with pytest.raises(InvalidInput):
            choose(View(), **neither)


class Records:
    """Collections of a service with one event on its way out and one lease."""

    def __init__(self, oldest: datetime | None) -> None:
        self.oldest = oldest

    def collection(self, _name: str) -> Records:
        return self

    def find_one(self, _query: Any, _fields: Any, sort: Any) -> Any:
        return {"created": self.oldest} if self.oldest else None

    def count_documents(self, query: Any) -> int:
        return 3 if "published" in query else 1

    def find(self, _query: Any) -> Records:
        return self

    def sort(self, *_key: Any) -> Records:
        return self

    def limit(self, most: int) -> list[Any]:
        return [{"_id": "relay", "holder": "review-1", "until": "2026-01-01", "fence": 4}][:most]


@pytest.mark.parametrize(("minutes", "seconds"), [(2, 120), (-2, 0), (None, 0)])
def test_health_tells_queues_leases_and_the_age_of_what_waits(minutes: int | None, seconds: float) -> None:
    oldest = datetime.now(UTC) - timedelta(minutes=minutes) if minutes is not None else None
    view: Any = Records(oldest)
    health = state.health_summary(Parking(), view, {})  # type: ignore[arg-type]
    assert health.pop("outbox_oldest_seconds") == pytest.approx(seconds, abs=60)
    assert health == {
        "outbox_depth": 3,
        "inbox_depth": 7,
        "parked": 5,
        "open_jobs": 1,
        "leases": [{"name": "relay", "holder": "review-1", "until": "2026-01-01"}],
    }


def found_two(_view: Any) -> Findings:
    found = Findings(seen=40)
    found += [{"check": "found_two", "subject": f"case-{n}", "problem": "differs"} for n in range(2)]
    return found


def finds_lazily(_view: Any) -> Any:
    yield {"check": "finds_lazily", "subject": 1, "problem": "differs"}


def is_broken(_view: Any) -> Any:
    raise KeyError("title")


def check(*invariants: Any, chosen: list[str] | None = None) -> Any:
    service = dataclasses.replace(REVIEW, invariants=invariants)
    return state.check_integrity(service, None, {"checks": chosen})  # type: ignore[arg-type]


def test_only_the_checks_that_are_named_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "CHECKS", (is_broken,))
    answer = check(found_two, finds_lazily, chosen=["finds_lazily"])
    assert answer["checked"] == ["finds_lazily"] and len(answer["findings"]) == 1
    assert answer["known"] == ["is_broken", "found_two", "finds_lazily"]
    nothing = check(found_two, chosen=[])
    assert nothing["checked"] == nothing["findings"] == [] and nothing["known"] == ["is_broken", "found_two"]
    with pytest.raises(InvalidInput, match="no check no_such"):
        check(found_two, chosen=["no_such"])


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "CHECKS", (is_broken,))
    answer = check(found_two, finds_lazily)
    assert answer["checked"] == ["is_broken", "found_two", "finds_lazily"]
    assert [(row["check"], row["subject"]) for row in answer["findings"]] == [
        ("is_broken", "review"), ("found_two", "case-0"), ("found_two", "case-1"), ("finds_lazily", "1"),
    ]  # fmt: skip
    assert answer["findings"][0]["problem"].endswith("KeyError")
    assert answer["seen"] == {"found_two": 40} and not answer["truncated"]


@pytest.mark.parametrize("error", [AutoReconnect("away"), Unavailable("不可用。", "Away.")])
def test_a_database_that_is_away_is_no_finding(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_view: Any) -> Any:
        raise error

    monkeypatch.setattr(state, "CHECKS", ())
    with pytest.raises(type(error)):
        check(fail)


def test_more_findings_than_can_be_shown_are_cut_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "CHECKS", ())
    monkeypatch.setattr(state, "MOST_FINDINGS", 1)
    answer = check(found_two)
    assert len(answer["findings"]) == 1 and answer["truncated"]
