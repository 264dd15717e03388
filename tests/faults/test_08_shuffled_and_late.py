"""All events of a contest shuffled, a part hours late, some of them twice: the same end as in order."""

from __future__ import annotations

import random
from typing import Any

import pytest

from contracts.events import Event
from services.awards.service import SERVICE as AWARDS
from services.notify.service import SERVICE as NOTIFY
from services.review.service import SERVICE as REVIEW
from services.submission.service import SERVICE as SUBMISSION
from tests.faults import histories
from tests.integration.awards.world import MONDAY
from tests.support.harness import Harness

PLUMBING = {"inbox", "outbox", "audit", "commands", "leases", "jobs", "job_outcomes", "attempts",
            "records", "chain_heads", "told"}  # fmt: skip
MADE_HERE = ("letter-", "announcement-")
PASSING = {"version", "steps", "subject", "body", "title_zh", "edition_id"}
"""What tells when a thing came, or in what words a letter speaks that did not wait for the edition."""


def take_in(service: Harness, events: list[Event], dice: random.Random) -> list[Event]:
    """Hand events over, each once, in batches of any size; return those that must wait for others."""
    waiting, left = [], list(events)
    while left:
        size = dice.randint(1, 9)
        batch, left = left[:size], left[size:]
        for event, outcome in zip(batch, service.handle(batch), strict=True):
            status = str(outcome.status)
            assert status in ("handled", "repeated", "not_yet"), f"{event.kind.name}: {outcome}"
            waiting += [event] if status == "not_yet" else []
    return waiting


def settle(service: Harness, events: list[Event], dice: random.Random) -> list[Event]:
    """Let what waits come again, as from the waiting queues, for as long as that helps."""
    waiting = take_in(service, events, dice)
    while waiting and len(again := take_in(service, waiting, dice)) < len(waiting):
        waiting = again
    return waiting if not waiting or len(again) == len(waiting) else again


def state(service: Harness) -> dict[str, list[Any]]:
    """Return what the service knows and has done, without what only tells when."""
    names = set(service.store.database.list_collection_names()) - PLUMBING
    kept = {name: sorted((plain(row) for row in service.rows(name)), key=str) for name in sorted(names)}
    # an empty one is what earlier tests on the same ground left
    return {name: rows for name, rows in kept.items() if rows}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: plain(one) for name, one in value.items()
            if name not in PASSING and not name.endswith("_at") and not str(one).startswith(MADE_HERE)
        }  # fmt: skip
    return [plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("service", "tell"),
    [(AWARDS, histories.tell_awards), (NOTIFY, histories.tell_notify), (REVIEW, histories.tell_review),
     (SUBMISSION, histories.tell_submission)],
    ids=["awards", "notify", "review", "submission"],
)  # fmt: skip
def test_any_order_ends_alike(service: Any, tell: Any, harness: Any, dice: random.Random, seed: int) -> None:
    history = tell(harness)
    wanted = set(service.reactions)
    history = [event for event in history if event.kind in wanted]
    assert wanted == {event.kind for event in history}, "a kind that the service wants is not tried"
    assert len(history) > 15
    in_order, shuffled = harness(service), harness(service)
    for one in (in_order, shuffled):
        if service is SUBMISSION:
            histories.hand_cases_in(one)
        one.clock.set(MONDAY)
    assert not settle(in_order, history, dice)
    mixed = [*history, *dice.sample(history, len(history) // 4)]
    dice.shuffle(mixed)
    late = len(mixed) * 2 // 3
    waiting = settle(shuffled, mixed[:late], dice)
    shuffled.clock.advance(hours=dice.randint(2, 30))
    left = settle(shuffled, [*mixed[late:], *waiting], dice)
    assert not left, f"never handled: {[event.kind.name for event in left]}"
    assert state(shuffled) == state(in_order)
    assert [finding for check in service.invariants for finding in check(shuffled.reading())] == []
