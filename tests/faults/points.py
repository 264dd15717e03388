"""Where a process is made to die: the very places between two steps that a crash could fall into."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

Points = dict[str, Callable[[], tuple[Any, str]]]


def arm(spec: str, points: Points | None = None) -> None:
    """Arm points such as ``command:after:3``: the process kills itself there at the third time."""
    for one in filter(None, spec.split(",")):
        point, _, turn = one.rpartition(":")
        owner, name = (points or POINTS)[point]()
        setattr(owner, name, _deadly(getattr(owner, name), int(turn)))


def _deadly(function: Callable[..., Any], turn: int) -> Callable[..., Any]:
    left = turn

    def reached(*args: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)

    return reached


def _before_a_command_commits() -> tuple[Any, str]:
    from plumbing.store.commands import Commands

    return Commands, "row"


def _after_a_command_committed() -> tuple[Any, str]:
    from plumbing.store.executor import Executor

    return Executor, "committed"


def _before_a_reaction_commits() -> tuple[Any, str]:
    from plumbing.store import inbox

    return inbox, "_row"


def _after_a_reaction_committed() -> tuple[Any, str]:
    from plumbing.bus.deliveries import Acks

    return Acks, "ack"


def _before_the_relay_publishes() -> tuple[Any, str]:
    from plumbing.bus.publisher import Publisher

    return Publisher, "publish"


def _after_the_relay_published() -> tuple[Any, str]:
    from plumbing.store.outbox import Outbox

    return Outbox, "mark"


def _before_a_step_commits() -> tuple[Any, str]:
    from plumbing.store.jobs import JobRunner

    return JobRunner, "_save"


def _after_a_step_committed() -> tuple[Any, str]:
    from plumbing.store.executor import Executor

    return Executor, "_transact_step"


POINTS: Points = {
    "command:before": _before_a_command_commits,
    "command:after": _after_a_command_committed,
    "reaction:before": _before_a_reaction_commits,
    "reaction:after": _after_a_reaction_committed,
    "relay:before": _before_the_relay_publishes,
    "relay:after": _after_the_relay_published,
    "step:before": _before_a_step_commits,
    "step:after": _after_a_step_committed,
}
