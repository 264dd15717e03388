"""`desk check`: whether the whole platform agrees with itself."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from desk.check import CHECKS, print_report, run_checks
from desk.counter import Counter, refuse_argument
from desk.options import Json, counter_of
from desk.refusals import FAILED, NOT_MADE
from desk.tables import show_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    context: typer.Context,
    only: Annotated[list[str] | None, typer.Argument(help=f"仅这些 only these: {', '.join(CHECKS)}.")] = None,
    wait: Annotated[
        float,
        typer.Option("--wait", min=0, help="每项至多等待的秒数。Seconds each check may wait."),
    ] = 60.0,
    allow_parked: Annotated[
        list[str] | None,
        typer.Option("--allow-parked", help="有意搁置的编号。An id of what is meant to be parked."),
    ] = None,
    as_json: Json = False,
) -> None:
    """全面核对。Check a live system, as operator or auditor; exit 1 if one failed, 3 if one was not made."""
    counter = counter_of(context, as_json)
    counter.run(lambda: _check(counter, only or [], wait, allow_parked or []))


def _check(counter: Counter, only: list[str], wait: float, allow_parked: list[str]) -> None:
    for name in only:
        if name not in CHECKS:
            raise refuse_argument(
                "only", "choice", f"没有“{name}”这项检查", f"Must be among {', '.join(CHECKS)}."
            )
    # ask for a token first: being signed out is no finding
    counter.session.token()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=counter.errors, transient=True) as bar:
        task = bar.add_task("…", total=None)

        def progress(name: str, looked_at: int) -> None:
            bar.update(task, description=f"{CHECKS[name].TITLE[0]} {CHECKS[name].TITLE[1]} · {looked_at}")

        report = run_checks(
            counter.client, counter.session.token, counter.place.settings, wait=wait, only=only,
            allow_parked=allow_parked, progress=progress,
        )  # fmt: skip
    if counter.as_json:
        show_json(report.to_dict(), counter.console)
    else:
        print_report(report, counter.console)
    if not report.held:
        raise typer.Exit(FAILED if report.failed else NOT_MADE)
