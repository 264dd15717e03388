"""What goes wrong on an ordinary day, and tempts a program to log too much."""

from __future__ import annotations

from typing import Any

from contracts.errors import Refusal
from demo.cast import Person
from demo.phases.opening import as_person
from demo.stage import Stage


def have_mishaps(stage: Stage) -> None:
    """Sign in wrongly, ask for a new password, use bad links, put personal things where none belong."""
    operator = stage.cast.operator
    tries: list[tuple[Person | None, str, dict[str, Any]]] = [
        (None, "registration.sign_in", {"email": operator.email, "password": "wrong password"}),
        (None, "registration.sign_in", {"email": "nobody@mail.example.cn", "password": operator.password}),
        (None, "registration.sign_in", {"email": "no address", "password": operator.password}),
        (None, "registration.request_password_reset", {"email": operator.email}),
        (None, "registration.reset_password", {"secret": "x" * 43, "password": operator.password}),
        (None, "registration.refresh_session", {"refresh_token": f"ses-{'0' * 32}.{'x' * 43}"}),
        (operator, "registration.invite_account", {"role": "auditor", "person": as_person(operator)}),
        (
            operator,
            "registration.invite_account",
            {"role": operator.email, "person": {"phone": operator.phone}},
        ),
        (operator, "registration.revoke_sessions", {"account_id": operator.email}),
    ]
    for who, method, args in tries:
        try:
            stage.call(who, method, **args)
        except Refusal:
            continue
