"""What a command, a reaction or a job logs and calls is in the correlation of what caused it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from contracts.events.submission import CaseSubmitted
from contracts.rpc import find_method
from plumbing.bus.correlate import with_correlation
from plumbing.service import Command, JobKind, Service

SUBMIT, SAVE = find_method("submission", "submit_case"), find_method("submission", "save_draft")
CAUSE = SimpleNamespace(correlation_id="cor-own")
assert SUBMIT is not None and SAVE is not None


def look(*_given: Any) -> Any:
    """What a log line would carry now."""
    return dict(get_contextvars())


@pytest.fixture
def seen() -> list[dict[str, Any]]:
    """What reactions and jobs saw, which answer nothing."""
    return []


@pytest.fixture
def service(seen: list[dict[str, Any]]) -> Service:
    """One of everything; each looks at its correlation."""

    def note(*_given: Any) -> None:
        seen.append(look())

    return with_correlation(
        Service(
            name="submission",
            commands={SUBMIT: Command(look, small=True), SAVE: look},
            queries={},
            reactions={CaseSubmitted: [note]},
            jobs={"work": JobKind(note, look), "other": JobKind(note)},
        )
    )


def test_a_command_is_in_its_own_correlation_where_another_call_is_answered(service: Service) -> None:
    shared = service.commands[SUBMIT]
    assert isinstance(shared, Command) and shared.small
    with bound_contextvars(correlation_id="cor-of-the-leader", method="other"):
        assert shared.run(CAUSE, {}) == {"correlation_id": "cor-own", "method": "submit_case"}
        assert look() == {"correlation_id": "cor-of-the-leader", "method": "other"}
    assert service.commands[SAVE].run(CAUSE, {}, "facts") == {  # type: ignore[union-attr]
        "correlation_id": "cor-own",
        "method": "save_draft",
    }
    assert look() == {}


def test_a_reaction_is_in_the_correlation_of_its_event(
    service: Service, seen: list[dict[str, Any]]
) -> None:
    [[reaction]] = service.reactions.values()
    assert reaction.__name__ == "note", "the inbox remembers it under its name"
    reaction(CAUSE, SimpleNamespace(kind=CaseSubmitted, id="evt-1"))
    assert seen == [{"correlation_id": "cor-own", "event_type": CaseSubmitted.type, "event_id": "evt-1"}]


def test_a_job_is_in_the_correlation_of_the_command_that_began_it(
    service: Service, seen: list[dict[str, Any]]
) -> None:
    job = SimpleNamespace(kind="work", id="job-1")
    inside = {"correlation_id": "cor-own", "job": "work", "job_id": "job-1"}
    kind = service.jobs["work"]
    assert kind.prepare is not None and kind.prepare(CAUSE, job) == inside
    kind.step(CAUSE, job, None)
    assert seen == [inside]
    assert service.jobs["other"].prepare is None
