"""`./xinlv demo`: a stack of its own, five services, a whole contest, the checks; nothing is left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from desk.usage import BilingualCommand

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(name="demo", cls=BilingualCommand)
def demo(
    seed: Annotated[
        int, typer.Option(help="The same seed gives the same people, cases, numbers, places and prizes.")
    ] = 2025,
    units: Annotated[int, typer.Option(min=20, max=200, help="How many units sign up.")] = 24,
    cases: Annotated[int, typer.Option(min=40, max=1000, help="How many cases are entered.")] = 48,
    experts: Annotated[int, typer.Option(min=15, max=200, help="How many experts judge.")] = 18,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running, and say how to reach it.")
    ] = False,
    edition: Annotated[Path | None, typer.Option(help="Another edition file.")] = None,
    kill: Annotated[
        bool, typer.Option("--kill", help="Kill each service once (SIGKILL) on the way.")
    ] = False,
    repeat: Annotated[
        bool,
        typer.Option("--repeat", help="Send every event twice, and every request that is not to be refused."),
    ] = False,
) -> None:
    """样例大赛。Run a whole sample contest on the real parts before your eyes, then check everything."""
    from runner.performance import INTERRUPTED, Performance, Wishes

    wishes = Wishes(seed, units, cases, experts, keep, edition, kill, repeat)
    code = Performance(wishes).run()
    if code == INTERRUPTED:
        # a thread that was being started just then may still wait for an answer that nobody gives any more
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)
