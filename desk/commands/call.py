"""`desk call` and `desk methods`: every method of every service by its name."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from contracts.words import SERVICES
from desk.arguments import read_file, read_words
from desk.calling import call_and_show, list_and_show, with_common
from desk.counter import Counter, need_method, refuse_argument
from desk.manual import show_method, show_methods, tell_methods
from desk.options import DryRun, Everything, Json, Long, Reason, Watch, Words, counter_of
from desk.tables import show_json


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("call", context_settings={"help_option_names": []})(call)
    app.command("methods")(methods)


def call(
    context: typer.Context,
    method: Annotated[
        str | None, typer.Argument(help="服务.方法，见 methods。SERVICE.METHOD, see desk methods.")
    ] = None,
    words: Words = None,
    json_args: Annotated[
        str | None,
        typer.Option("--json-args", help="参数文件。A JSON or YAML file with arguments; - is stdin."),
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    everything: Everything = False,
    watch: Watch = True,
    as_json: Json = False,
    long: Long = False,
    wants_help: Annotated[
        bool, typer.Option("--help", help="说明。This text, or that of the method.")
    ] = False,
) -> None:
    """调用任一方法。Call any method: key=text, key:=JSON, key=@FILE, outer.inner=text, list=a,b."""
    counter = counter_of(context, as_json, long)
    if method is None:
        typer.echo(context.get_help())
        raise typer.Exit(0 if wants_help else 2)
    if wants_help:
        counter.run(lambda: show_method(need_method(method), counter.console))
        return
    given = (method, words or [], json_args, reason, dry_run, everything, watch)
    counter.run(lambda: _call(counter, *given))


def _call(
    counter: Counter, name: str, words: list[str], file: str | None, reason: str, dry_run: bool,
    everything: bool, watch: bool,
) -> None:  # fmt: skip
    method = need_method(name)
    args: dict[str, Any] = read_words(words, method.args(), read_file(file) if file else None)
    if everything:
        if not method.paged:
            raise refuse_argument("--all", "unknown", "该方法不是列表", "This method is no list.")
        list_and_show(counter, name, args, None)
        return
    call_and_show(counter, name, with_common(method, args, reason, dry_run), watch=watch)


def methods(
    context: typer.Context,
    services: Annotated[list[str] | None, typer.Argument(help="仅这些服务。Only these services.")] = None,
    as_json: Json = False,
) -> None:
    """列出全部方法。Every method, who may call it and what it does."""
    counter = counter_of(context, as_json)

    def show() -> None:
        for service in services or []:
            if service not in SERVICES:
                raise refuse_argument(
                    "services", "choice", f"没有“{service}”这个服务", f"Must be among {', '.join(SERVICES)}."
                )
        if counter.as_json:
            show_json(tell_methods(tuple(services or ())), counter.console)
        else:
            show_methods(tuple(services or ()), counter.console)

    counter.run(show)
