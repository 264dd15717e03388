"""What every command of the desk works with: the connection, the session, and the screen."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import typer
from marshmallow import Schema
from rich.console import Console

from contracts.errors import InvalidInput, NotFound, Refusal, Unavailable
from contracts.fields import load
from contracts.rpc import PUBLIC, Kind, Method, find_method
from contracts.rpc.method import MAX_PAGE
from contracts.words import SERVICES
from desk import tables
from desk.connection import Place, find_place
from desk.refusals import USAGE, Trouble, exit_code, show_refusal, show_trouble
from desk.session import Session
from plumbing.bus.client import Client

WIDE = 400


@dataclass
class Counter:
    """One run of the desk."""

    stack: str | None = None
    home: Path | None = None
    as_json: bool = False
    long: bool = False
    timeout: float = 20.0
    console: Console = field(default_factory=lambda: _console(stderr=False))
    errors: Console = field(default_factory=lambda: _console(stderr=True))

    @cached_property
    def place(self) -> Place:
        """Return where this desk is connected to."""
        return find_place(self.stack, self.home)

    @cached_property
    def client(self) -> Client:
        """Return the connection, opened at the first call."""
        return Client(self.place.settings.amqp_url, timeout=self.timeout, name="desk")

    @cached_property
    def session(self) -> Session:
        """Return this user's session at this place."""
        return Session(self.place.session_file, self._renew)

    def _renew(self, refresh_token: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self.client.call(
            "registration", "refresh_session", {"refresh_token": refresh_token}
        )
        return answer

    def call(self, name: str | Method, /, **args: Any) -> Any:
        """Call ``service.method`` with these arguments; what the contract refuses is refused here already."""
        method = name if isinstance(name, Method) else need_method(name)
        load(method.args(), args)
        token = None if method.roles is PUBLIC else self.session.token()
        command_id = f"desk-{uuid.uuid4().hex}" if method.kind is Kind.COMMAND else None
        try:
            return self.client.call(method.service, method.name, args, token=token, command_id=command_id)
        except Unavailable as refusal:
            if trouble := self.client.trouble:
                raise Unavailable(
                    "连不上消息代理（RabbitMQ）：请看环境是否在运行（./xinlv status）、地址与口令是否正确。",
                    "No broker can be reached: does it run (./xinlv status)? Are address and password right?",
                    **refusal.facts, trouble=trouble,
                ) from None  # fmt: skip
            raise

    def every(self, name: str | Method, /, most: int | None = None, **args: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of a paged list, page by page, ``most`` of them at most."""
        left = args.pop("limit", most)
        after = args.pop("after", None)
        while left is None or left > 0:
            limit = MAX_PAGE if left is None else min(left, MAX_PAGE)
            page = self.call(name, **args, limit=limit, after=after)
            yield from page["items"]
            left = None if left is None else left - len(page["items"])
            after = page["next"]
            if after is None:
                return

    def first(
        self, name: str | Method, /, most: int | None, **args: Any
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return at most so many rows of a list, and whether there are more."""
        # one more than is shown says so
        found = list(self.every(name, most=most and most + 1, **args))
        return found[:most], most is not None and len(found) > most

    def show_rows(
        self,
        rows: Sequence[dict[str, Any]],
        schema: Schema | Iterable[str],
        telling: Sequence[str] = tables.TELLING,
    ) -> None:
        """Print rows the way this run wants them: JSON, a table, or a line a field."""
        if self.as_json:
            tables.show_json(rows, self.console)
        else:
            tables.show_rows(rows, schema, self.console, long=self.long, telling=telling)

    def show_one(self, answer: dict[str, Any]) -> None:
        """Print one answer, as JSON or a line a field."""
        if self.as_json:
            tables.show_json(answer, self.console)
        else:
            tables.show_one(answer, self.console)

    def note(self, zh: str, en: str) -> None:
        """Say something beside the answer, where it does not disturb who reads that."""
        self.errors.print(f"{zh} {en}", style="yellow", highlight=False, markup=False)

    def close(self) -> None:
        """Close the connection, if one was opened."""
        if "client" in self.__dict__:
            self.client.close()

    def run(self, work: Callable[[], Any]) -> Any:
        """Do the work of a command; a refusal is shown and becomes the exit code."""
        try:
            return work()
        except Refusal as refusal:
            show_refusal(refusal, self.errors, as_json=self.as_json)
            raise typer.Exit(exit_code(refusal)) from None
        except Trouble as trouble:
            show_trouble(trouble, self.errors, as_json=self.as_json)
            raise typer.Exit(USAGE) from None
        finally:
            self.close()


def need_method(name: str) -> Method:
    """Return the method of a full name.

    Raises NotFound naming what is near to it.
    """
    import difflib

    service, _, short = name.partition(".")
    if service not in SERVICES:
        listed = ", ".join(SERVICES)
        raise NotFound(
            f"没有“{service}”这个服务，可用：{listed}。",
            f"There is no service {service!r}; there are {listed}.",
        )
    method = find_method(service, short)
    if method is None:
        from contracts.rpc import methods_of

        near = difflib.get_close_matches(short, methods_of(service), 3, 0.6)
        zh = f"，您是指 {'、'.join(near)} 吗？" if near else "。"
        en = f"; did you mean {', '.join(near)}?" if near else "."
        raise NotFound(f"{service} 没有“{short}”这个方法{zh}", f"{service} has no method {short!r}{en}")
    return method


def refuse_argument(name: str, rule: str, zh: str, en: str) -> InvalidInput:
    """Return the refusal of one argument of the command line."""
    return InvalidInput.of(name, rule, zh, en)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr)
    if console.is_terminal or os.environ.get("COLUMNS"):
        return console
    # a pipe has no width of its own: rows should not be folded for it, nor columns left out
    return Console(stderr=stderr, width=WIDE)
