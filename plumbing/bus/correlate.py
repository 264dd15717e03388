"""Has whatever a command, a reaction or a job logs and calls carry the correlation id of what caused it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from structlog.contextvars import bound_contextvars

from contracts.rpc import Method
from plumbing.service import Command, JobKind, Reaction, Service


def with_correlation(service: Service) -> Service:
    """Return the service with its commands, reactions and jobs running in their correlation."""
    return dataclasses.replace(
        service,
        commands={method: _command(method, entry) for method, entry in service.commands.items()},
        reactions={kind: [_reaction(found) for found in every] for kind, every in service.reactions.items()},
        jobs={name: _job(kind) for name, kind in service.jobs.items()},
    )


def _command(method: Method, entry: Any) -> Command:
    command = entry if isinstance(entry, Command) else Command(entry)

    # one that shares a transaction runs where another's call is answered
    @functools.wraps(command.run)
    def run(tx: Any, args: dict[str, Any], *facts: Any) -> Any:
        with bound_contextvars(correlation_id=tx.correlation_id, method=method.name):
            return command.run(tx, args, *facts)

    return dataclasses.replace(command, run=run)


def _reaction(reaction: Reaction) -> Reaction:
    # wraps keeps the name, under which the inbox remembers what was done
    @functools.wraps(reaction)
    def run(tx: Any, event: Any) -> None:
        with bound_contextvars(
            correlation_id=tx.correlation_id, event_type=event.kind.type, event_id=event.id
        ):
            reaction(tx, event)

    return run


def _job(kind: JobKind) -> JobKind:
    return JobKind(_in_correlation(kind.step), _in_correlation(kind.prepare) if kind.prepare else None)


def _in_correlation(step: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(step)
    def run(context: Any, job: Any, *facts: Any) -> Any:
        with bound_contextvars(correlation_id=context.correlation_id, job=job.kind, job_id=job.id):
            return step(context, job, *facts)

    return run
