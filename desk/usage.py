"""A command line written wrongly is refused as everything else is: both languages, typed, by field.

Every command of the launcher passes here, so what only a refusal needs is imported when one is due.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from contracts.errors import InvalidInput

_UsageError: Final[Any] = typer.BadParameter.__base__
QUOTED: Final = re.compile(r"'(?P<quoted>[^']+)'|\((?P<many>[^)]+)\)$")
"""The word that a message about a command or argument too many speaks of."""
# what the parser calls the mistake -> the rule that was broken, in Chinese
RULES: Final = {
    "NoSuchOption": ("unknown", "没有这个选项"),
    "MissingParameter": ("required", "缺少这一项"),
    "BadParameter": ("value", "取值无效"),
    "BadOptionUsage": ("required", "该选项需要给出值"),
    "No such command": ("unknown", "没有这个命令"),
    "Got unexpected": ("unknown", "多余的参数"),
    "Missing command": ("required", "缺少命令"),
}

VALUES: Final = (
    (re.compile(r"greater than or equal to (\S+)"), "应不小于 {}"),
    (re.compile(r"less than or equal to (\S+)"), "应不大于 {}"),
    (re.compile(r"valid integer"), "应为整数"),
    (re.compile(r"valid number"), "应为数字"),
    (re.compile(r"does not exist"), "不存在"),
)
"""What the parser says of a value, and how that reads in Chinese."""


class _InBothLanguages:
    """Refuses wrong usage; all else is as the parser has it."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command and end the process with its exit code."""
        given = list(sys.argv[1:] if args is None else args)
        run = partial(super().main, given, prog_name, complete_var, False, windows_expand_args, **extra)  # type: ignore[misc]
        if not standalone_mode:
            return run()
        try:
            code = run()
        except _UsageError as error:
            refuse_usage(error, as_json="--json" in given)
        except typer.Abort:
            sys.stderr.write("已取消 cancelled\n")
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


class BilingualGroup(_InBothLanguages, TyperGroup):
    """For an application of several commands."""


class BilingualCommand(_InBothLanguages, TyperCommand):
    """For an application that is one command."""


def refuse_usage(error: Any, *, as_json: bool) -> NoReturn:
    """Show what is wrong with the command line, and end with the code of wrong usage."""
    from rich.console import Console

    from desk.refusals import USAGE, show_refusal

    console = Console(stderr=True)
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(USAGE)
    show_refusal(describe_usage(error), console, as_json=as_json)
    if error.ctx is not None and not as_json:
        hint = f"{error.ctx.get_usage()}\n说明 help: {error.ctx.command_path} --help"
        console.print(hint, style="dim", markup=False, highlight=False)
    sys.exit(USAGE)


def describe_usage(error: Any) -> InvalidInput:
    """Return the refusal that a mistake of the command line amounts to."""
    from contracts.errors import InvalidInput

    message = error.format_message()
    kinds = (type(error).__name__, *(start for start in RULES if error.message.startswith(start)))
    rule, zh = next((RULES[kind] for kind in kinds if kind in RULES), ("usage", "用法有误"))
    for pattern, words in VALUES:
        if rule == "value" and (found := pattern.search(message)):
            zh += "：" + words.format(*found.groups())
    near = getattr(error, "possibilities", None)
    if near:
        zh += f"，您是指 {'、'.join(near)} 吗？"
    return InvalidInput.of(_field_of(error), rule, zh, message)


def _field_of(error: Any) -> str:
    if name := getattr(error, "option_name", ""):
        return str(name)
    param = getattr(error, "param", None)
    if param is not None:
        option = next((each for each in param.opts if each.startswith("--")), None)
        return str(option or param.metavar or param.name)
    found = QUOTED.search(error.message)
    return (found["quoted"] or found["many"]) if found else "command"
