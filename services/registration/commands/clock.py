"""Moving the business clock, where the platform runs locally."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.errors import InvalidInput, NotAllowed
from plumbing.clock import advance_clock as advance
from services.registration.realtime import offset_from, real_now

Json = dict[str, Any]


def prepare_advance(context: Any, args: Json) -> datetime:
    """Move the clock: the offset is shared by all services and lies in no service's own transaction."""
    if not context.parts.settings.clock_offset_allowed:
        raise NotAllowed("只有本地环境可以调整业务时间。", "The clock is moved only in the local profile.")
    if (args["to"] is None) == (args["seconds"] is None):
        raise InvalidInput.of("to", "one_of", "请给出时间或秒数之一", "Give either a time or seconds.")
    target: datetime = args["to"] or context.now + timedelta(seconds=args["seconds"])
    if target > real_now() + timedelta(days=50 * 366):
        raise InvalidInput.of("to", "range", "时间过远", "Too far away.")
    past = InvalidInput.of("to", "past", "业务时间不能倒退", "The business clock does not go back.")
    if args["dry_run"]:
        if target < context.now:
            raise past
        return target
    step: Json = {"to": target} if args["to"] else {"by": timedelta(seconds=args["seconds"])}
    try:
        return advance(context.collection("marks").database.client, **step, once=context.command)
    except ValueError as error:
        raise past from error


def advance_clock(tx: Any, args: Json, now: datetime) -> Json:
    """Write down that the clock was moved."""
    return {"now": now, "offset_seconds": offset_from(now)}
