"""The desk's command line, started as `./xinlv desk …`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from desk.commands import account, call, check, contest, evidence, history, lists, machinery
from desk.counter import Counter
from desk.refusals import describe_exit_codes
from desk.usage import BilingualGroup

app = typer.Typer(
    name="xinlv desk",
    cls=BilingualGroup,
    help="工作台：秘书处与运维人员的命令行。\n\nThe staff's desk: every method, lists, checks.",
    epilog=f"Exit codes: {describe_exit_codes()}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def begin(
    context: typer.Context,
    stack: Annotated[
        str | None,
        typer.Option("--stack", help="本地环境名。A local stack by name; else XINLV_AMQP_URL or main."),
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="本地环境的文件夹。A local stack by its private folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读。Print JSON instead of tables.")] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="等待答复的秒数。Patience in seconds.")
    ] = 20.0,
) -> None:
    """Find where to connect; nothing is opened before it is needed."""
    level = structlog.make_filtering_bound_logger(logging.ERROR)
    # what a connection that fails has to say is told by the refusal
    logging.getLogger().addHandler(logging.NullHandler())
    structlog.configure(wrapper_class=level, logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    context.obj = Counter(stack, home, as_json, timeout=timeout)


account.register(app)
call.register(app)
_groups = {**lists.groups(), **machinery.groups()}
contest.add_to(_groups)
evidence.add_to(_groups)
for _name, _group in _groups.items():
    app.add_typer(_group, name=_name)
history.register(app)
check.register(app)
