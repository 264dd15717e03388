"""Running a contest: editions and their dates, the clock, rounds."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import typer

from contracts.fields import format_moment
from desk.arguments import read_file
from desk.calling import call_and_show
from desk.counter import refuse_argument
from desk.options import DryRun, Json, Reason, Watch, counter_of

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
RoundId = Annotated[str, typer.Argument(metavar="ROUND_ID")]


def add_to(groups: dict[str, typer.Typer]) -> None:
    """Add what is done with editions, the clock and rounds to their groups."""
    groups["editions"].command("publish")(publish_edition)
    groups["editions"].command("move")(move_schedule)
    groups["rounds"].command("open")(open_round)
    groups["rounds"].command("assign")(assign_experts)
    groups["rounds"].command("progress")(show_progress)
    groups["rounds"].command("close")(close_round)
    clock = typer.Typer(help="业务时钟。The business clock.", no_args_is_help=True)
    clock.command("show")(show_clock)
    clock.command("advance")(advance_clock)
    groups["clock"] = clock


def publish_edition(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="editions/NAME.yaml")],
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """发布届规则。Publish an edition or its next version; --dry-run shows what would change."""
    counter = counter_of(context, as_json)
    counter.run(
        lambda: call_and_show(
            counter,
            "registration.publish_edition",
            _args(edition=read_file(file, "file"), reason=reason, dry_run=dry_run),
        )
    )


def move_schedule(
    context: typer.Context,
    edition_id: str,
    window: str,
    opens: Annotated[str, typer.Option("--opens", help="新的开始时间（含时区）。When it opens.")] = "",
    closes: Annotated[str, typer.Option("--closes", help="新的结束时间（含时区）。When it closes.")] = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """调整日程。Move one window; the reason is announced."""
    counter = counter_of(context, as_json)

    def move() -> None:
        args = _args(
            edition_id=edition_id, window=window, opens_at=opens and read_moment(opens, "--opens"),
            closes_at=closes and read_moment(closes, "--closes"), reason=reason, dry_run=dry_run,
        )  # fmt: skip
        call_and_show(counter, "registration.move_schedule", args)

    counter.run(move)


def open_round(
    context: typer.Context,
    edition_id: str,
    stage: str,
    track: Annotated[str, typer.Option("--track", help="分赛项时须写。Where a stage runs per track.")] = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """开始一轮评审。Open a round with the cases that wait for its stage."""
    counter = counter_of(context, as_json)
    args = _args(edition_id=edition_id, stage=stage, track=track or None, reason=reason, dry_run=dry_run)
    counter.run(lambda: call_and_show(counter, "review.open_round", args))


def assign_experts(
    context: typer.Context, round_id: RoundId, reason: Reason = "", dry_run: DryRun = False,
    watch: Watch = True, as_json: Json = False,
) -> None:  # fmt: skip
    """分配专家。Fill the panels; --dry-run shows loads and seats that cannot be filled."""
    counter = counter_of(context, as_json)
    args = _args(round_id=round_id, reason=reason, dry_run=dry_run)
    counter.run(lambda: call_and_show(counter, "review.assign_experts", args, watch=watch))


def show_progress(context: typer.Context, round_id: RoundId, as_json: Json = False) -> None:
    """评审进度。How far a round is, and what keeps it open."""
    counter = counter_of(context, as_json)
    counter.run(lambda: call_and_show(counter, "review.round_progress", {"round_id": round_id}))


def close_round(
    context: typer.Context, round_id: RoundId, reason: Reason = "", dry_run: DryRun = False,
    watch: Watch = True, as_json: Json = False,
) -> None:  # fmt: skip
    """关闭一轮评审。Close a round; --dry-run shows ranking, cut, ties and gaps."""
    counter = counter_of(context, as_json)
    args = _args(round_id=round_id, reason=reason, dry_run=dry_run)
    counter.run(lambda: call_and_show(counter, "review.close_round", args, watch=watch))


def show_clock(context: typer.Context, as_json: Json = False) -> None:
    """业务时间。The time by which the platform decides."""
    counter = counter_of(context, as_json)
    counter.run(lambda: call_and_show(counter, "registration.business_time", {}))


def advance_clock(
    context: typer.Context,
    by: Annotated[str, typer.Argument(metavar="[BY]", help="2h, 3d, 1w …")] = "",
    to: Annotated[str, typer.Option("--to", help="拨到某时刻（含时区）。To a moment, with its zone.")] = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """拨快时钟。Move the business clock forward; only where the platform runs locally."""
    counter = counter_of(context, as_json)

    def advance() -> None:
        if bool(by) == bool(to):
            raise refuse_argument("by", "one_of", "请给出时长或 --to 之一", "Give either how far or --to.")
        target = {"to": read_moment(to, "--to")} if to else {"seconds": read_duration(by)}
        call_and_show(counter, "registration.advance_clock", _args(**target, reason=reason, dry_run=dry_run))

    counter.run(advance)


def read_duration(text: str) -> int:
    """Return the seconds of ``90s``, ``2h``, ``1w2d``.

    Raises InvalidInput.
    """
    parts = re.findall(r"(\d{1,9})([smhdw])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise refuse_argument("by", "duration", "应写作 2h、3d、1w 等", "Write it as 2h, 3d, 1w2d.")
    return sum(int(number) * UNITS[unit] for number, unit in parts)


def read_moment(text: str, name: str = "time") -> str:
    """Return a moment as the contracts write it.

    Raises InvalidInput, also where no zone is given: this computer's need not be the contest's.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise refuse_argument(
                name,
                "timezone",
                "缺少时区，例如 2025-05-17T00:00+08:00",
                "Its zone is missing: 2025-05-17T00:00+08:00.",
            )
        return format_moment(moment)
    except (ValueError, OverflowError):
        raise refuse_argument(
            name,
            "datetime",
            "不是有效的时间，例如 2025-05-17T00:00+08:00",
            "Not a time, e.g. 2025-05-17T00:00+08:00.",
        ) from None


def _args(**given: Any) -> dict[str, Any]:
    """Leave out what was not said: an empty reason, no dry run."""
    return {name: value for name, value in given.items() if value not in ("", False, None)}
