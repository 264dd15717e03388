"""Calling a method and showing what it answers, whichever method it is."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.errors import NotAllowed, NotFound, refusal_from_problem
from contracts.rpc import Method
from contracts.rpc.shared import JobStarted
from contracts.words import SERVICES
from desk.counter import Counter, need_method, refuse_argument
from desk.manual import answer_of
from desk.refusals import FAILED, show_refusal

ENDED = ("done", "failed")
REFERENCES: Final = {
    "edition_id": "registration.get_edition",
    "unit_id": "registration.get_unit",
    "expert_id": "registration.get_expert",
    "case_id": "submission.get_case",
    "round_id": "review.get_round",
    "result_id": "review.get_result",
    "award_id": "awards.get_award",
}
"""Where it can be asked whether something that a list is filtered by exists."""
IN_EDITIONS: Final = {"track": "tracks", "stage": "stages", "prize": "prizes"}
"""What a list is filtered by that an edition names itself."""
MOST_OUTCOMES: Final = 50


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
    if counter.as_json or not method.paged:
        if dry_run and not counter.as_json:
            counter.console.print("试算，未作改动 dry run: nothing was changed", style="yellow")
        counter.show_one(answer)
        return
    counter.show_rows(answer["items"], answer_of(method))
    if answer["next"]:
        counter.note("还有更多", f"more: after={answer['next']}")


def list_and_show(counter: Counter, name: str, args: dict[str, Any], most: int | None) -> None:
    """Show at most so many rows of a list; where there are more, say so."""
    method = need_method(name)
    if most is None and args.keys() & {"limit", "after"}:
        raise refuse_argument("--all", "exclusive", "不能与 limit、after 同用", "Not with limit or after.")
    most = args.pop("limit", most)
    rows, more = counter.first(method, most, **args)
    if not rows:
        refuse_unknown(counter, args)
        refuse_unknown_rule(counter, args)
    counter.show_rows(rows, answer_of(method))
    if more:
        counter.note(
            f"还有更多：仅列出前 {most} 行，--all 列出全部。", f"There are more than these {most}: --all."
        )


def refuse_unknown(counter: Counter, args: dict[str, Any]) -> None:
    """Say of an empty list which filter names something that does not exist.

    Raises the refusal of the service that would know it.
    """
    for name in args.keys() & REFERENCES.keys():
        with suppress(NotAllowed):
            counter.call(REFERENCES[name], **{name: args[name]})


def refuse_unknown_rule(counter: Counter, args: dict[str, Any]) -> None:
    """Say of an empty list which filter names a track, stage or prize that no edition has.

    Raises InvalidInput naming those there are.
    """
    wanted = {name: part for name, part in IN_EDITIONS.items() if name in args}
    if not wanted:
        return
    ids = [row["edition_id"] for row in counter.every("registration.list_editions")]
    ids = [args["edition_id"]] if "edition_id" in args else ids
    editions = [counter.call("registration.get_edition", edition_id=each)["edition"] for each in ids]
    for name, part in wanted.items():
        known = sorted({each["id"] for edition in editions for each in edition[part]})
        if known and args[name] not in known:
            listed = ", ".join(known)
            raise refuse_argument(name, "choice", f"没有这一项，可用：{listed}", f"Must be one of {listed}.")


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
        outcomes = list(counter.every(f"{service}.list_job_outcomes", job_id=job_id))
        counter.show_one({**job, "outcomes": outcomes})
    else:
        counter.show_one({name: value for name, value in job.items() if value is not None})
        _show_outcomes(counter, service, job_id)
    if job["status"] == "failed":
        if job["problem"]:
            show_refusal(refusal_from_problem(job["problem"]), counter.errors, as_json=counter.as_json)
        raise typer.Exit(FAILED)
    return job


def _show_outcomes(counter: Counter, service: str, job_id: str) -> None:
    outcomes = need_method(f"{service}.list_job_outcomes")
    rows, more = counter.first(outcomes, MOST_OUTCOMES, job_id=job_id)
    if rows:
        counter.show_rows(rows, answer_of(outcomes))
    if more:
        command = f"desk call {service}.list_job_outcomes job_id={job_id} --all"
        counter.note(
            f"仅列出前 {MOST_OUTCOMES} 行，全部见：",
            f"The first {MOST_OUTCOMES} only; all of them: {command}",
        )


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
    if dry_run and not method.dry_run:
        # better than doing the thing
        raise refuse_argument("--dry-run", "unknown", "该方法没有试算", f"{method.full_name} has no dry run.")
    if dry_run:
        args["dry_run"] = True
    return args
