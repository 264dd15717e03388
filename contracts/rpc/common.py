"""Methods that every service answers alike: its jobs, audit log, event history, parked messages, health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.rpc.common_shapes import (
    AuditPage,
    AuditRow,
    CommandOutcome,
    DiscardArgs,
    EmittedEvent,
    EmittedPage,
    EventRefs,
    Health,
    Integrity,
    IntegrityArgs,
    JobArgs,
    JobOutcome,
    JobsPage,
    JobView,
    OutcomeArgs,
    OutcomesPage,
    ParkedArgs,
    ParkedDone,
    ParkedMessage,
    PersonalData,
    PersonArgs,
    ReplayArgs,
    UnhandledList,
    WantedEvents,
)
from contracts.rpc.method import Method, command, listing, query
from contracts.rpc.shared import JobStarted, Nothing
from contracts.words import SERVICES, Role

RUNNERS: Final = (Role.OPERATOR,)
WATCHERS: Final = (Role.OPERATOR, Role.AUDITOR)
STAFF: Final = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR)


@dataclass(frozen=True)
class Common:
    """The common methods of one service."""

    job: Method
    list_jobs: Method
    list_job_outcomes: Method
    list_audit: Method
    list_emitted: Method
    list_unhandled: Method
    wanted_events: Method
    check_integrity: Method
    replay_events: Method
    list_parked: Method
    replay_parked: Method
    discard_parked: Method
    health_summary: Method
    command_outcome: Method
    personal_data: Method


def _declare(service: str) -> Common:
    return Common(
        job=query(service, "job", "Where a job stands.", args=JobArgs, result=JobView, roles=STAFF),
        list_jobs=listing(
            service, "list_jobs", "Jobs of this service, newest first.",
            args=JobsPage, item=JobView, roles=STAFF,
        ),
        list_job_outcomes=listing(
            service, "list_job_outcomes", "What a job did, row by row.",
            args=OutcomesPage, item=JobOutcome, roles=STAFF,
        ),
        list_audit=listing(
            service, "list_audit", "Who did what and why, newest first.",
            args=AuditPage, item=AuditRow, roles=WATCHERS, personal=True,
        ),
        list_emitted=listing(
            service, "list_emitted", "Events this service told, in the order it told them.",
            args=EmittedPage, item=EmittedEvent, roles=WATCHERS,
        ),
        list_unhandled=query(
            service, "list_unhandled", "Which of these events this service wants and has not handled.",
            args=EventRefs, result=UnhandledList, roles=WATCHERS,
        ),
        wanted_events=query(
            service, "wanted_events", "Which event types this service reacts to.",
            args=Nothing, result=WantedEvents, roles=WATCHERS,
        ),
        check_integrity=query(
            service, "check_integrity", "Check this service's own records against each other.",
            args=IntegrityArgs, result=Integrity, roles=WATCHERS,
        ),
        replay_events=command(
            service, "replay_events", "Send past events again to one consumer, as a job.",
            args=ReplayArgs, result=JobStarted, roles=RUNNERS, dry_run=True,
        ),
        list_parked=listing(
            service, "list_parked", "Messages set aside after failing.", item=ParkedMessage, roles=WATCHERS,
        ),
        replay_parked=command(
            service, "replay_parked", "Put parked messages back into the inbox.",
            args=ParkedArgs, result=ParkedDone, roles=RUNNERS, dry_run=True,
        ),
        discard_parked=command(
            service, "discard_parked", "Throw parked messages away.",
            args=DiscardArgs, result=ParkedDone, roles=RUNNERS, dry_run=True,
        ),
        health_summary=query(
            service, "health_summary", "Queues, leases and open work of this service.",
            args=Nothing, result=Health, roles=WATCHERS,
        ),
        command_outcome=query(
            service, "command_outcome", "Whether a command was accepted, and what it emitted.",
            args=OutcomeArgs, result=CommandOutcome, roles=WATCHERS,
        ),
        personal_data=query(
            service, "personal_data", "What this service keeps of one person; asked by registration alone.",
            args=PersonArgs, result=PersonalData, roles=[Role.SERVICE], personal=True,
        ),
    )  # fmt: skip


_COMMON: Final = {service: _declare(service) for service in SERVICES}


def common_of(service: str) -> Common:
    """Return the common methods of one service."""
    return _COMMON[service]
