"""Calling a method and showing what it answers, whichever method it is."""

from __future__ import annotations

import time
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.errors import NotFound, refusal_from_problem
from contracts.rpc import Method
from contracts.rpc.shared import JobStarted
from contracts.words import SERVICES
from desk.counter import Counter, need_method
from desk.manual import answer_of
from desk.refusals import FAILED, show_refusal
from desk.tables import show_json, show_one, show_rows

ENDED = ("done", "failed")


def call_and_show(counter: Counter, name: str, args: dict[str, Any], *, watch: bool = True) -> Any:
    """Call ``service.method``, show the answer and return it; a job that began is followed to its end."""
    method = need_method(name)
    answer = counter.call(method, **args)
    follow = watch and issubclass(method.result, JobStarted) and answer.get("job_id")
    # with --json one document a command: the job as it ended says all that its start did
    if not (follow and counter.as_json):
        _show(counter, method, answer, dry_run=bool(args.get("dry_run")))
    if follow:
        watch_job(counter, answer["job_id"], method.service)
    return answer


def _show(counter: Counter, method: Method, answer: Any, *, dry_run: bool) -> None:
    if counter.as_json:
        show_json(answer, counter.console)
        return
    if dry_run:
        counter.console.print("试算，未作改动 dry run: nothing was changed", style="yellow")
    if not method.paged:
        show_one(answer, counter.console)
        return
    show_rows(answer["items"], answer_of(method), counter.console)
    if answer["next"]:
        counter.console.print(f"[dim]还有更多 more: after={answer['next']}[/]", highlight=False)


def list_and_show(counter: Counter, name: str, args: dict[str, Any], most: int | None) -> None:
    """Show at most so many rows of a list."""
    method = need_method(name)
    rows = list(counter.every(method, most=most, **args))
    if counter.as_json:
        show_json(rows, counter.console)
        return
    show_rows(rows, answer_of(method), counter.console)
    if most is not None and len(rows) == most:
        counter.console.print(
            f"[dim]前 {most} 行 the first {most} rows; --all shows every one[/]", highlight=False
        )


def watch_job(
    counter: Counter, job_id: str, service: str | None = None, every: float = 0.5
) -> dict[str, Any]:
    """Follow a job to its end with a progress bar and show what it did.

    Raises NotFound when no service knows it; a failed job ends the command with its refusal.
    """
    service, job = find_job(counter, job_id, service)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=counter.errors, transient=True) as progress:
        task = progress.add_task(f"{service} {job['kind']}", total=job["total"] or None)
        while job["status"] not in ENDED:
            time.sleep(every)
            job = counter.call(f"{service}.job", job_id=job_id)
            progress.update(task, completed=job["done"], total=job["total"] or None)
    if counter.as_json:
        show_json(job, counter.console)
    else:
        show_one({name: value for name, value in job.items() if value is not None}, counter.console)
        outcomes = need_method(f"{service}.list_job_outcomes")
        rows = list(counter.every(outcomes, most=50, job_id=job_id))
        if rows:
            show_rows(rows, answer_of(outcomes), counter.console)
    if job["status"] == "failed":
        if job["problem"]:
            show_refusal(refusal_from_problem(job["problem"]), counter.errors, as_json=counter.as_json)
        raise typer.Exit(FAILED)
    return job


def find_job(counter: Counter, job_id: str, service: str | None = None) -> tuple[str, dict[str, Any]]:
    """Return whose job it is, and where it stands; every service is asked where none is named."""
    for name in [service] if service else SERVICES:
        try:
            job: dict[str, Any] = counter.call(f"{name}.job", job_id=job_id)
            return name, job
        except NotFound:
            continue
    raise NotFound("没有服务有这个任务。", "No service has such a job.", job_id=job_id)


def with_common(method: Method, args: dict[str, Any], reason: str, dry_run: bool) -> dict[str, Any]:
    """Return the arguments with reason and dry run, where the method takes them."""
    known = method.args().fields
    if reason and "reason" in known:
        args["reason"] = reason
    if dry_run:
        # a method without dry run refuses it by name: better than doing the thing
        args["dry_run"] = True
    return args
