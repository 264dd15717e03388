"""The machinery under the contest: jobs, events, parked messages."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from contracts.errors import NotFound
from contracts.words import SERVICES
from desk.calling import call_and_show, list_and_show, watch_job
from desk.commands.contest import read_moment
from desk.counter import Counter, need_method
from desk.manual import answer_of
from desk.options import DryRun, Everything, Json, Limit, Long, Reason, Watch, counter_of

ServiceOption = Annotated[str, typer.Option("--service", help=f"仅此服务 only one of {', '.join(SERVICES)}.")]
ServiceArgument = Annotated[str, typer.Argument(help=", ".join(SERVICES))]
Since = Annotated[str, typer.Option("--since", help="自此时起，须写时区。From this time on, with its zone.")]
Until = Annotated[str, typer.Option("--until", help="在此时之前，须写时区。Before this time, with its zone.")]
EventType = Annotated[str, typer.Option("--type", help="事件类型。Only this type.")]
Subject = Annotated[str, typer.Option("--subject", help="对象的标识。About which object.")]
Ids = Annotated[list[str] | None, typer.Argument(help="编号，见 parked list。Ids from desk parked list.")]
AllParked = Annotated[bool, typer.Option("--all", help="全部。All that are parked.")]


def groups() -> dict[str, typer.Typer]:
    """Return the groups of commands."""
    jobs = typer.Typer(help="后台任务。Long work of the services.", no_args_is_help=True)
    jobs.command("list")(list_jobs)
    jobs.command("watch")(watch)
    events = typer.Typer(help="事件。What the services told.", no_args_is_help=True)
    events.command("list")(list_events)
    events.command("replay")(replay_events)
    parked = typer.Typer(help="搁置的消息。Messages set aside after failing.", no_args_is_help=True)
    parked.command("list")(list_parked)
    parked.command("show")(show_parked)
    parked.command("replay")(replay_parked)
    parked.command("discard")(discard_parked)
    return {"jobs": jobs, "events": events, "parked": parked}


def list_jobs(
    context: typer.Context, service: ServiceOption = "", limit: Limit = 50, everything: Everything = False,
    as_json: Json = False, long: Long = False,
) -> None:  # fmt: skip
    """任务列表。Jobs of all services, the newest first in each."""
    counter = counter_of(context, as_json, long)
    counter.run(lambda: _of_all(counter, service, "list_jobs", None if everything else limit))


def watch(context: typer.Context, job_id: str, service: ServiceOption = "", as_json: Json = False) -> None:
    """跟踪任务。Follow a job to its end with a progress bar."""
    counter = counter_of(context, as_json)
    counter.run(lambda: watch_job(counter, job_id, service or None))


def list_events(
    context: typer.Context, service: ServiceArgument, event_type: EventType = "",
    subject: Subject = "", since: Since = "", until: Until = "",
    limit: Limit = 50, everything: Everything = False, as_json: Json = False, long: Long = False,
) -> None:  # fmt: skip
    """事件列表（时间为真实时间）。Events a service told, oldest first; times are real, not the contest's."""
    counter = counter_of(context, as_json, long)

    def show() -> None:
        args = bounded(since, until) | _said(type=event_type, subject=subject)
        list_and_show(counter, f"{service}.list_emitted", args, None if everything else limit)

    counter.run(show)


def replay_events(
    context: typer.Context,
    service: Annotated[str, typer.Option("--service", help="谁的事件。Whose events.")],
    since: Since,
    to: Annotated[str, typer.Option("--to", help="重发给哪个服务。Which service is to get them again.")],
    event_type: Annotated[str, typer.Option("--type", help="仅此类型。Only this type.")] = "",
    until: Until = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    watch: Watch = True,
    as_json: Json = False,
) -> None:
    """重发事件。Send past events again to one consumer, with the same ids; what was handled stays handled."""
    counter = counter_of(context, as_json)

    def replay() -> None:
        args = bounded(since, until) | _said(to=to, type=event_type, reason=reason, dry_run=dry_run)
        call_and_show(counter, f"{service}.replay_events", args, watch=watch)

    counter.run(replay)


def list_parked(
    context: typer.Context, service: ServiceOption = "", limit: Limit = 50, everything: Everything = False,
    as_json: Json = False, long: Long = False,
) -> None:  # fmt: skip
    """搁置列表。Parked messages of all services, with the reason."""
    counter = counter_of(context, as_json, long)
    counter.run(lambda: _of_all(counter, service, "list_parked", None if everything else limit))


def show_parked(
    context: typer.Context, service: ServiceArgument, parked_id: str, as_json: Json = False
) -> None:
    """查看搁置的消息。One parked message with its body."""
    counter = counter_of(context, as_json)

    def show() -> None:
        for row in counter.every(f"{service}.list_parked"):
            if row["parked_id"] == parked_id:
                counter.show_one(row)
                return
        raise NotFound(
            "没有这条搁置的消息。", f"{service} has no such parked message.", parked_id=parked_id[:120]
        )

    counter.run(show)


def replay_parked(
    context: typer.Context, service: ServiceArgument, ids: Ids = None, everything: AllParked = False,
    reason: Reason = "", dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """重新处理。Put parked messages back into the inbox."""
    counter = counter_of(context, as_json)
    args = _said(parked_ids=ids, all=everything, reason=reason, dry_run=dry_run)
    counter.run(lambda: _treat_parked(counter, f"{service}.replay_parked", args))


def discard_parked(
    context: typer.Context, service: ServiceArgument, ids: Ids = None, everything: AllParked = False,
    reason: Reason = "", dry_run: DryRun = False, as_json: Json = False,
) -> None:  # fmt: skip
    """丢弃。Throw parked messages away; a reason is needed."""
    counter = counter_of(context, as_json)
    args = _said(parked_ids=ids, all=everything, reason=reason, dry_run=dry_run)
    counter.run(lambda: _treat_parked(counter, f"{service}.discard_parked", args))


def _treat_parked(counter: Counter, name: str, args: dict[str, Any]) -> None:
    answer = call_and_show(counter, name, args)
    if missing := answer.get("missing"):
        raise NotFound(
            "有的编号不在搁置之列，其余已处理。", "Some of these are not parked; the others were dealt with.",
            missing=missing,
        )  # fmt: skip


def _of_all(counter: Counter, service: str, method: str, most: int | None) -> None:
    rows: list[dict[str, Any]] = []
    cut: list[str] = []
    for name in [service] if service else SERVICES:
        found, more = counter.first(f"{name}.{method}", most)
        rows += [{"service": name, **row} for row in found]
        cut += [name] if more else []
    counter.show_rows(rows, ["service", *answer_of(need_method(f"{service or SERVICES[0]}.{method}")).fields])
    if cut:
        names = ", ".join(cut)
        counter.note(
            f"还有更多：{names} 仅列出前 {most} 行，--all 列出全部。", f"There are more of {names}: --all."
        )


def bounded(since: str, until: str) -> dict[str, Any]:
    """Return the bounds that were said.

    Raises InvalidInput naming the option that is no time.
    """
    given = {"since": since, "until": until}
    return {name: read_moment(text, f"--{name}") for name, text in given.items() if text}


def _said(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value}
