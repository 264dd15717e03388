"""The command line `./xinlv`: each command imports what it needs only when it runs."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from desk.usage import BilingualGroup
from runner.options import Home, Name, find_stack, refuse
from runner.topology import app as topology

if TYPE_CHECKING:
    from runner.stack import Stack

app = typer.Typer(
    name="xinlv",
    cls=BilingualGroup,
    help="新绿：创新大赛评审平台。\n\nXinlv: the platform on which an innovation contest is run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(topology, name="topology")

HELP_WORDS = {"--help", "-h"}
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command()
def up(
    home: Home = None,
    name: Name = "main",
    services: Annotated[bool, typer.Option(help="Start the five services too.")] = True,
    foreground: Annotated[bool, typer.Option(help="Stay until Ctrl-C, then stop everything.")] = False,
) -> None:
    """启动本地环境。Start RabbitMQ, MongoDB, MinIO, a mail folder and the five services, all on 127.0.0.1."""
    from runner.services import ServiceProcesses

    stack = find_stack(home, name, follow=foreground)
    tell = _teller()
    done = False
    try:
        stack.start(tell)
        if services:
            ServiceProcesses(stack).start(progress=tell)
        done = not foreground
        _print_endpoints(stack)
        if foreground:
            typer.echo("按 Ctrl-C 停止全部 Ctrl-C stops everything.")
            _wait_for_interrupt()
        else:
            typer.echo(f"停止 stop it with: ./xinlv down{_options_of(home, name)}")
    finally:
        if not done:
            _finish(stack)


@app.command()
def down(
    home: Home = None,
    name: Name = "main",
    remove: Annotated[bool, typer.Option(help="Remove its data, secrets and logs too.")] = False,
) -> None:
    """停止本地环境。Stop every process of a stack; its data stay unless --remove is given."""
    stack = find_stack(home, name)
    if not stack.home.exists():
        refuse("没有这个环境", f"there is no stack in {stack.home}")
    if remove:
        stack.remove()
    else:
        stack.stop()
    typer.echo(f"已停止 stopped: {stack.home}")


@app.command()
def status(
    home: Home = None,
    name: Name = "main",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """查看状态。Every address, process and credential file of a stack; exit 3 when one is down."""
    from runner.status import describe_status, print_status

    found = describe_status(find_stack(home, name))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print_status(found)
    raise typer.Exit(0 if found["healthy"] else 3)


@app.command()
def serve(
    services: Annotated[
        list[str], typer.Argument(help="registration, submission, review, awards or notify.")
    ],
) -> None:
    """运行服务。Run a service in this process until SIGTERM, told by XINLV_* variables (docs/operations.md).

    Given several names, each runs in a process of its own and all stop together.
    """
    if len(services) == 1:
        from runner.serve import serve as run

        raise typer.Exit(run(services[0]))
    from runner.together import serve_together

    raise typer.Exit(serve_together(services))


@app.command(context_settings=PASS_ON)
def test(context: typer.Context) -> None:
    """运行全部检查。Run linters and all tests on the real parts, or the fault runs; see `test --help`."""
    from runner.checks import HELP, run_checks

    if HELP_WORDS & set(context.args) and "--faults" not in context.args:
        typer.echo(HELP)
        raise typer.Exit
    raise typer.Exit(run_checks(context.args))


@app.command(context_settings=PASS_ON)
def bench(context: typer.Context) -> None:
    """性能测试。Run a benchmark, e.g. `bench pipeline --json`; `bench --help` lists them."""
    import importlib

    from runner.benches import find_benchmarks

    known = find_benchmarks()
    name, *arguments = context.args or ["--help"]
    if name in HELP_WORDS:
        typer.echo("./xinlv bench NAME [ARGUMENTS]; each explains its own: ./xinlv bench NAME --help\n")
        typer.echo("\n".join(f"  {each:<12} {what}" for each, what in known.items()))
        raise typer.Exit
    if name not in known:
        listed = ", ".join(known)
        refuse(
            f"没有 {name} 这项性能测试，可用：{listed}",
            f"there is no benchmark {name!r}; there are: {listed}",
        )
    module = importlib.import_module(f"benchmarks.{name}")
    raise typer.Exit(int(module.main(arguments) or 0))


@app.command(context_settings=PASS_ON)
def demo(context: typer.Context) -> None:
    """样例大赛。Run a whole sample contest before your eyes; see `demo --help`."""
    _hand_over("runner.contest", "xinlv demo", context.args)


@app.command(context_settings=PASS_ON)
def desk(context: typer.Context) -> None:
    """秘书处命令行。The staff's desk: every method, tables, checks; see `desk --help`."""
    _hand_over("desk.cli", "xinlv desk", context.args)


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; 1 when one is stale.")] = False,
) -> None:
    """生成文档。Write the reference pages and the schemas of events from the contracts."""
    from runner.generate import generate

    differing = generate(check=check)
    for name in differing:
        typer.echo(f"{'需更新 stale' if check else '已写 written'}: {name}")
    raise typer.Exit(1 if check and differing else 0)


@app.command()
def sbom() -> None:
    """零部件清单。Print the parts list of this tree as CycloneDX JSON; `docs` keeps sbom.cdx.json current."""
    from runner.security.sbom import write_sbom

    typer.echo(write_sbom(), nl=False)


def main() -> int:
    """Run the command line; what a person can mend ends in one clear message instead of a traceback."""
    from plumbing.settings import SettingsError
    from runner.stack.processes import StackError

    try:
        app(prog_name="xinlv")
    except (StackError, SettingsError) as error:
        sys.stderr.write(f"xinlv: 无法继续 cannot go on: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _hand_over(module: str, program: str, arguments: list[str]) -> NoReturn:
    import importlib

    importlib.import_module(module).app(args=arguments, prog_name=program)
    raise typer.Exit


def _teller(width: int = 10) -> Callable[[str, str], None]:
    began = time.monotonic()

    def tell(part: str, message: str) -> None:
        typer.echo(f"{time.monotonic() - began:6.1f} s  {part:<{width}} {message}")

    return tell


def _print_endpoints(stack: Stack) -> None:
    for part, address in stack.endpoints().items():
        typer.echo(f"  {part:<20} {address}")
    typer.echo(f"  {'信件 letters':<18} {stack.letters}")
    typer.echo(f"  {'凭据 credentials':<18} {stack.home / 'operator.json'}")


def _wait_for_interrupt() -> None:
    import signal

    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    with contextlib.suppress(KeyboardInterrupt):
        while True:  # a signal that comes just before pause() would be slept through
            time.sleep(0.5)


def _finish(stack: Stack) -> None:
    """Stop everything, deaf to a second Ctrl-C meanwhile."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stack.stop()


def _options_of(home: Path | None, name: str) -> str:
    return f" --home {home}" if home else f" --name {name}" if name != "main" else ""
