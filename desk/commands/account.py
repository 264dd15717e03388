"""Signing in and out, and the first operator of an installation."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from desk.counter import Counter, refuse_argument
from desk.options import Json, counter_of

Email = Annotated[str, typer.Argument(help="邮箱。The account's mail address.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="由标准输入读密码。Read the password from standard input.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (login, logout, whoami, bootstrap):
        app.command()(command)


def login(
    context: typer.Context, email: Email, password_stdin: FromStdin = False, as_json: Json = False
) -> None:
    """登录。Sign in; the session lies in a file that only you may read."""
    counter = counter_of(context, as_json)

    def sign_in() -> None:
        known = None if password_stdin else _known_password(counter, email)
        password = known or _ask_password(password_stdin)
        answer = counter.call("registration.sign_in", email=email, password=password)
        kept = counter.session.keep(answer)
        shown = {"account_id": kept.account_id, "roles": list(kept.roles), "place": counter.place.name}
        counter.show_one({**shown, "session": str(counter.session.file)})

    counter.run(sign_in)


def logout(context: typer.Context) -> None:
    """退出。End the session and remove its file."""
    counter = counter_of(context)

    def sign_out() -> None:
        kept = counter.session.forget()
        if kept:
            counter.call("registration.sign_out", refresh_token=kept.refresh_token)
        counter.console.print("已退出 signed out" if kept else "未登录 not signed in")

    counter.run(sign_out)


def whoami(context: typer.Context, as_json: Json = False) -> None:
    """当前账号。Who is signed in."""
    counter = counter_of(context, as_json)
    counter.run(lambda: counter.show_one(counter.call("registration.who_am_i")))


def bootstrap(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(prompt="姓名 name")],
    phone: Annotated[str, typer.Option(prompt="电话 phone")],
    password_stdin: FromStdin = False,
    as_json: Json = False,
) -> None:
    """创建首位运维账号。Make the first operator; works once, with the installation's bootstrap secret."""
    counter = counter_of(context, as_json)

    def make() -> None:
        secret = counter.place.settings.bootstrap_secret
        if not secret:
            raise refuse_argument(
                "XINLV_BOOTSTRAP_SECRET",
                "required",
                "未提供初始化密钥",
                "The bootstrap secret is not told here.",
            )
        person = {"name": name, "email": email, "phone": phone}
        password = _ask_password(password_stdin)
        answer = counter.call(
            "registration.bootstrap_operator", secret=secret, person=person, password=password
        )
        counter.show_one(answer)

    counter.run(make)


def _known_password(counter: Counter, email: str) -> str | None:
    """The password of one of a demo's invented people, where this place is such a demo."""
    file = counter.place.accounts_file
    try:
        accounts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return None
    return accounts.get(email, {}).get("password")


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise refuse_argument(
            "--password-stdin",
            "required",
            "此处没有终端可输入密码，请加 --password-stdin 并由标准输入给出",
            "There is no terminal to ask in: give --password-stdin, and the password as a line of input.",
        )
    return str(typer.prompt("密码 password", hide_input=True, err=True))
