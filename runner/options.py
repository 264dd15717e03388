"""What the commands of `./xinlv` share: which stack is meant, and how a wrong option is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from runner.stack import Stack

Home = Annotated[
    Path | None, typer.Option("--home", help="The stack's private folder, instead of .xinlv/<name>.")
]
Name = Annotated[str, typer.Option("--name", help="Which stack; several run side by side.")]


def find_stack(home: Path | None, name: str, *, follow: bool = False) -> Stack:
    """The stack of that folder or name, running or not; a name that is no plain word ends the command."""
    from runner.stack import Stack

    if not name.replace("-", "").replace("_", "").isalnum():
        refuse("--name 只能含字母、数字、- 和 _", f"--name: {name!r} may hold letters, digits, - and _ only")
    return Stack(home, name, follow=follow)


def refuse(zh: str, en: str) -> NoReturn:
    """End the command with one line in both languages on standard error, and code 2; with --json as JSON."""
    if "--json" in sys.argv:
        from rich.console import Console

        from contracts.errors import InvalidInput
        from desk.refusals import show_refusal

        show_refusal(InvalidInput.of("command", "value", zh, en), Console(stderr=True), as_json=True)
    else:
        sys.stderr.write(f"xinlv: {zh} {en}\n")
    raise typer.Exit(2)
