"""Options and arguments that several commands of the desk share."""

from __future__ import annotations

from typing import Annotated

import typer

from desk.counter import Counter

Json = Annotated[bool, typer.Option("--json", help="机器可读。Print JSON instead of tables.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="试算，不做改动。Compute and show, change nothing.")]
Watch = Annotated[
    bool, typer.Option("--watch/--no-watch", help="显示进度直到结束。Follow the job to its end.")
]
Reason = Annotated[str, typer.Option("--reason", help="原因，写入审计。Why; it is kept in the audit log.")]
Words = Annotated[
    list[str] | None, typer.Argument(help="name=value …", metavar="[NAME=VALUE]...", show_default=False)
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="至多几行。How many rows at most.")]
Everything = Annotated[bool, typer.Option("--all", help="全部。Every row, whatever the limit.")]

Long = Annotated[bool, typer.Option("--long", help="逐项列出。Every field of every row, a line a field.")]


def counter_of(context: typer.Context, as_json: bool = False, long: bool = False) -> Counter:
    """Return the run's counter; ``--json`` counts wherever it stands."""
    counter: Counter = context.ensure_object(Counter)
    counter.as_json = counter.as_json or as_json
    counter.long = long
    return counter
