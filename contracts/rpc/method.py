"""What an RPC method is: service, name, arguments, result, who may call it and how it may refuse."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from marshmallow import Schema, fields, validate

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn, Refusal
from contracts.fields import Strict, Text
from contracts.words import SERVICES, Role

MAX_PAGE: Final = 200


class Kind(StrEnum):
    """A command changes something and is idempotent by its id; a query changes nothing of the business."""

    COMMAND = "command"
    QUERY = "query"


class _Public:
    def __repr__(self) -> str:
        return "public"


PUBLIC: Final = _Public()


class Page(Strict):
    """Arguments of every list: at most ``limit`` rows after the opaque cursor ``after``."""

    limit = fields.Integer(load_default=50, strict=True, validate=validate.Range(1, MAX_PAGE))
    after = Text(400, load_default=None, allow_none=True)


@dataclass(frozen=True)
class Method:
    """One method of one service."""

    service: str
    name: str
    kind: Kind
    summary: str
    args: type[Schema]
    result: type[Schema]
    roles: frozenset[Role] | _Public
    errors: tuple[type[Refusal], ...]
    paged: bool = False
    dry_run: bool = False
    personal: bool = False
    """It shows personal data: every call is written to the audit log."""

    @property
    def full_name(self) -> str:
        """Return ``service.name``."""
        return f"{self.service}.{self.name}"

    def allows(self, roles: Iterable[str]) -> bool:
        """Say whether somebody with these roles may call the method at all."""
        return isinstance(self.roles, _Public) or bool(self.roles & {Role(role) for role in roles})


_METHODS: dict[str, dict[str, Method]] = {}


def _declare(method: Method) -> Method:
    if method.service not in SERVICES:
        raise ValueError(f"{method.service} is not a service")
    known = _METHODS.setdefault(method.service, {})
    if method.name in known:
        raise ValueError(f"{method.full_name} is declared twice")
    known[method.name] = method
    return method


def _extend(base: type[Schema], name: str, extra: dict[str, Any]) -> type[Schema]:
    return type(name, (base,), extra)


def command(
    service: str,
    name: str,
    summary: str,
    *,
    args: type[Schema],
    result: type[Schema],
    roles: Iterable[Role] | _Public,
    errors: Iterable[type[Refusal]] = (),
    dry_run: bool = False,
    personal: bool = False,
) -> Method:
    """Declare a command. Each also takes ``reason`` (≤ 500 characters), and ``dry_run`` if offered."""
    extra: dict[str, Any] = {}
    if "reason" not in args().fields:
        extra["reason"] = Text(500, empty=True, load_default="")
    if dry_run:
        extra["dry_run"] = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    full = _extend(args, f"{args.__name__}Command", extra) if extra else args
    return _declare(
        Method(
            service, name, Kind.COMMAND, summary, full, result, _roles(roles),
            _errors(roles, (Conflict, *errors)), False, dry_run, personal,
        )
    )  # fmt: skip


def query(
    service: str,
    name: str,
    summary: str,
    *,
    args: type[Schema],
    result: type[Schema],
    roles: Iterable[Role] | _Public,
    errors: Iterable[type[Refusal]] = (),
    personal: bool = False,
) -> Method:
    """Declare a query for one thing; ``result`` describes it."""
    return _declare(
        Method(service, name, Kind.QUERY, summary, args, result, _roles(roles), _errors(roles, errors),
               personal=personal)
    )  # fmt: skip


def listing(
    service: str,
    name: str,
    summary: str,
    *,
    args: type[Schema] = Page,
    item: type[Schema],
    roles: Iterable[Role] | _Public,
    errors: Iterable[type[Refusal]] = (),
    personal: bool = False,
) -> Method:
    """Declare a paged query; ``args`` extends Page, the result is {"items": […], "next": cursor or null}."""
    result = _extend(
        Strict,
        f"{item.__name__}Page",
        {
            "items": fields.List(fields.Nested(item), required=True, validate=validate.Length(0, MAX_PAGE)),
            "next": fields.String(required=True, allow_none=True),
        },
    )
    return _declare(
        Method(service, name, Kind.QUERY, summary, args, result, _roles(roles), _errors(roles, errors), True,
               personal=personal)
    )  # fmt: skip


def _roles(roles: Iterable[Role] | _Public) -> frozenset[Role] | _Public:
    return roles if isinstance(roles, _Public) else frozenset(roles)


def _errors(roles: Any, errors: Iterable[type[Refusal]]) -> tuple[type[Refusal], ...]:
    base: list[type[Refusal]] = [InvalidInput]
    if not isinstance(roles, _Public):
        base += [NotSignedIn, NotAllowed, NotFound]
    return tuple(dict.fromkeys([*base, *errors]))


@cache
def _load_all() -> None:
    importlib.import_module("contracts.rpc.common")
    for service in SERVICES:
        importlib.import_module(f"contracts.rpc.{service}")


def methods_of(service: str) -> dict[str, Method]:
    """Return the methods of one service by name, the ones common to all services included."""
    _load_all()
    return dict(_METHODS.get(service, {}))


def find_method(service: str, name: str) -> Method | None:
    """Return the method, or None when nobody declares it."""
    return methods_of(service).get(name)


def all_methods() -> list[Method]:
    """Return every method of every service, in order of service and name."""
    return [method for service in SERVICES for _, method in sorted(methods_of(service).items())]
