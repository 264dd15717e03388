"""What the desk tells about a method, all of it from its contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields, missing, validate
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from contracts.fields import Id, Moment, Province, Score, Uscc
from contracts.rpc import PUBLIC, Kind, Method, methods_of
from contracts.words import SERVICES
from desk.titles import title_of

NAMES: list[tuple[type[Any], str]] = [
    (Uscc, "credit code"), (Id, "id"), (Province, "province code"), (Score, "decimal"),
    (Moment, "time, ISO 8601"),
    (fields.Decimal, "decimal"), (fields.Boolean, "true|false"), (fields.Integer, "integer"),
    (fields.Float, "number"), (fields.Date, "date"), (fields.Email, "mail address"), (fields.String, "text"),
]  # fmt: skip


def show_method(method: Method, console: Console) -> None:
    """Print what a method does, who may call it, what it takes, answers and refuses."""
    paged = " · 分页 paged" if method.paged else ""
    console.print(f"[bold]{method.full_name}[/]  [dim]{name_kind(method)}{paged}[/]", highlight=False)
    console.print(f"  {title_of(method)}\n  {method.summary}", markup=False, highlight=False)
    console.print(f"  可调用 may call: {who_may(method)}", highlight=False)
    table = Table(show_edge=False)
    table.add_column("参数 argument", no_wrap=True)
    for title in ("类型 type", "缺省 default", "说明 note"):
        table.add_column(title, overflow="fold")
    for path, field in walk(method.args()):
        table.add_row(
            path, escape(describe_type(field)), escape(describe_default(field)), escape(note_of(field))
        )
    if table.row_count:
        console.print(table)
    else:
        console.print("  无参数 no arguments")
    answered = ", ".join(name for name, _ in walk(answer_of(method)))
    console.print(f"  回答 answers: {answered or '–'}", highlight=False, markup=False)
    refused = ", ".join(kind.code for kind in method.errors)
    console.print(f"  可能拒绝 may refuse: {refused}", highlight=False)
    words = " ".join(f"{path}=…" for path, field in walk(method.args()) if field.required)
    console.print(f"  [dim]desk call {method.full_name} {words}[/]", highlight=False)
    if method.dry_run:
        console.print("  [dim]--dry-run 试算，不做改动 computes without changing anything[/]")


def show_methods(services: tuple[str, ...], console: Console) -> None:
    """Print every method of these services, one a line."""
    table = Table(show_edge=False, show_lines=True)
    # whole, to be copied
    table.add_column("方法 method\n类别 kind", no_wrap=True)
    table.add_column("说明 summary\n可调用 may call", overflow="fold")
    for method in _chosen(services):
        what = Text(f"{title_of(method)}\n{method.summary}\n")
        table.add_row(
            Text(f"{method.full_name}\n{name_kind(method)}"), what.append(who_may(method), style="dim")
        )
    console.print(table)


def tell_methods(services: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the same for machines."""
    return [
        {
            "method": method.full_name, "kind": str(method.kind), "dry_run": method.dry_run,
            "paged": method.paged, "roles": None if method.roles is PUBLIC else sorted(method.roles),  # type: ignore[arg-type]
            "title": title_of(method), "summary": method.summary,
            "arguments": {path: describe_type(field) for path, field in walk(method.args())},
            "required": [name for name, field in method.args().fields.items() if field.required],
            "refusals": [kind.code for kind in method.errors],
        }
        for method in _chosen(services)
    ]  # fmt: skip


def _chosen(services: tuple[str, ...]) -> list[Method]:
    return [each for service in services or SERVICES for _, each in sorted(methods_of(service).items())]


def name_kind(method: Method) -> str:
    """Return whether it only asks, or does something and whether that can be tried."""
    if method.kind is Kind.QUERY:
        return "查询 query"
    return "办理，可试算 command, dry run" if method.dry_run else "办理 command"


def who_may(method: Method) -> str:
    """Return the roles that may call it."""
    return "public 任何人" if method.roles is PUBLIC else ", ".join(sorted(method.roles))  # type: ignore[arg-type]


def answer_of(method: Method) -> Schema:
    """Return the schema of the answer, of one row where it is a list."""
    schema = method.result()
    if method.paged:
        return schema.fields["items"].inner.schema  # type: ignore[attr-defined]
    return schema


def walk(schema: Schema, before: str = "") -> Iterator[tuple[str, fields.Field[Any]]]:
    """Yield every field with its dotted path; objects come with their fields, lists of objects do not."""
    for name, field in schema.fields.items():
        path = f"{before}{name}"
        if isinstance(field, fields.Nested) and not field.many and len(before.split(".")) < 3:
            yield from walk(field.schema, f"{path}.")
        else:
            yield path, field


def describe_type(field: fields.Field[Any]) -> str:
    """Return a field's type in few words."""
    if isinstance(field, fields.List):
        return f"list of {describe_type(field.inner)}"
    if isinstance(field, fields.Nested):
        return "{" + ", ".join(field.schema.fields) + "}"
    if isinstance(field, fields.Dict):
        return "object"
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return "|".join(map(str, rule.choices))
    name = next((name for kind, name in NAMES if isinstance(field, kind)), "value")
    return f"{name}{_bounds(field)}"


def _bounds(field: fields.Field[Any]) -> str:
    for rule in field.validators:
        if isinstance(rule, validate.Length | validate.Range):
            low, high = rule.min, rule.max
            if high is not None:
                return (
                    f" ≤{high}"
                    if low in (None, 0, 1) and isinstance(rule, validate.Length)
                    else f" {low}..{high}"
                )
            return f" ≥{low}"
    return ""


def describe_default(field: fields.Field[Any]) -> str:
    """Return what holds when the argument is left out."""
    if field.required:
        return "必填 required"
    if field.load_default is missing:
        return "不变 left out"
    default = field.load_default() if callable(field.load_default) else field.load_default
    return "–" if default is None or default == "" else str(default)


def note_of(field: fields.Field[Any]) -> str:
    """Return what the contract says of a field."""
    return str(field.metadata.get("description", ""))
