"""Adds the common methods to a service's own tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from contracts.events.registration import PersonalDataErased, SessionsRevoked
from contracts.rpc.common import common_of
from plumbing.operations import events, parked, personal, records, replay, revoked, state
from plumbing.service import Command, JobKind, Loop, Service


class Parking(Protocol):
    """Reaches the parked messages of a service and other services' inboxes; plumbing.bus gives one."""

    def count(self) -> tuple[int, int]:
        """Return how many messages are parked and how many wait in the inbox."""

    def look(self) -> list[dict[str, Any]]:
        """Return parked messages as the contract shows them."""

    def put_back(self, wanted: Callable[[str], bool], dry_run: bool) -> list[str]:
        """Send the wanted ones to the inbox again and return their ids."""

    def throw_away(self, wanted: Callable[[str], bool], dry_run: bool) -> list[str]:
        """Remove the wanted ones and return their ids."""

    def send_to(self, service: str, rows: list[dict[str, Any]]) -> None:
        """Send outbox rows to one service's inbox, confirmed."""


def with_common_reactions(service: Service) -> Service:
    """Return the service with what every service does about two events: ended sessions and erased persons."""
    own = service.reactions
    return dataclasses.replace(
        service,
        reactions={
            **own,
            SessionsRevoked: [*own.get(SessionsRevoked, ()), revoked.refuse_revoked_tokens],
            PersonalDataErased: [*own.get(PersonalDataErased, ()), personal.forgetting(service)],
        },
    )


def with_common(service: Service, parking: Parking) -> Service:
    """Return the service with the common methods, reactions and loops beside its own."""
    common = common_of(service.name)
    service = with_common_reactions(service)
    return dataclasses.replace(
        service,
        queries={
            **service.queries,
            common.job: records.job,
            common.list_jobs: records.list_jobs,
            common.list_job_outcomes: records.list_job_outcomes,
            common.list_audit: records.list_audit,
            common.command_outcome: records.command_outcome,
            common.list_emitted: events.list_emitted,
            common.wanted_events: partial(events.wanted_events, service),
            common.list_unhandled: partial(events.list_unhandled, service),
            common.check_integrity: partial(state.check_integrity, service),
            common.health_summary: partial(state.health_summary, parking),
            common.list_parked: partial(parked.list_parked, parking),
            common.personal_data: partial(personal.personal_data, service),
        },
        commands={
            **service.commands,
            common.replay_events: Command(replay.replay_events),
            common.replay_parked: Command(parked.put_back, prepare=partial(parked.choose, parking)),
            common.discard_parked: Command(parked.throw_away, prepare=partial(parked.choose, parking)),
        },
        jobs={
            **service.jobs,
            replay.JOB: JobKind(replay.step, prepare=partial(replay.send, parking)),
            parked.PUT_BACK: JobKind(parked.step, prepare=partial(parked.settle, parking)),
            parked.THROW_AWAY: JobKind(parked.step, prepare=partial(parked.settle, parking)),
        },
        loops={**service.loops, "revocations": Loop(revoked.learn_revocations, everywhere=True)},
        indexes=(*service.indexes, *revoked.INDEXES),
    )
