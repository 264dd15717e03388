"""docs/rpc.md, with the table of rights."""

from __future__ import annotations

from contracts.rpc import Kind, Method, all_methods, methods_of
from contracts.words import SERVICES, Role
from runner.generate.schemas import describe
from runner.generate.tables import cell, field_table

HEAD = """# RPC

Written from `contracts/rpc` by `./xinlv docs`; change the contracts, not this page.

A method is called over nameko's RPC (exchange `nameko-rpc`, routing key `<service>.<method>`) with keyword
arguments only. The caller's token travels in the header `nameko.token`, a command's id in
`nameko.command_id`: a repeat of the id returns the stored result, the same id with other arguments is a
`Conflict`. Every command takes a `reason`; where it offers `dry_run`, that tells what it would do and
changes nothing. A list takes `limit` (at most 200) and the opaque cursor `after`, and answers `items` and
`next`. Times are ISO 8601 in UTC, scores decimal text.
A refusal is a problem document with `code`, `detail` (Chinese), `detail_en` and `facts`; `InvalidInput` names
every field at fault with a stable rule. Besides those listed every method may answer `Unavailable`.
"""
MARKS = {
    Role.ENTRANT: "ent", Role.RECOMMENDER: "rec", Role.EXPERT: "exp", Role.SECRETARIAT: "sec",
    Role.OPERATOR: "ope", Role.AUDITOR: "aud", Role.SERVICE: "srv",
}  # fmt: skip


def write_rpc_page() -> str:
    """Return the page: rights of all methods, then each with arguments, result and refusals."""
    common = _common()
    methods = [method for method in all_methods() if method.name not in common]
    lines = [HEAD, "## Rights\n", "A role may call the method; whose object it is, the command checks.\n"]
    lines.append(f"| method | public | {' | '.join(MARKS.values())} |")
    lines.append("|---|---|" + "---|" * len(MARKS))
    for method in [*common.values(), *methods]:
        anchor = _title(method).replace(".", "").replace(" ", "-")
        lines.append(f"| [{_title(method)}](#{anchor}) | {_rights(method)} |")
    lines.append("\n" + ", ".join(f"{mark}: {role}" for role, mark in MARKS.items()) + ".")
    lines.append("\n## Every service\n\nThese are answered by each of the five services, under its own name.")
    lines += [_section(method) for method in common.values()]
    for service in SERVICES:
        lines.append(f"\n## {service}")
        lines += [_section(method) for method in methods if method.service == service]
    return "\n".join(lines).rstrip() + "\n"


def _common() -> dict[str, Method]:
    """The methods that every service answers alike, told once."""
    first, *others = (methods_of(service) for service in SERVICES)
    names = sorted(set(first).intersection(*others))
    return {name: first[name] for name in names if all(_alike(first[name], other[name]) for other in others)}


def _alike(one: Method, other: Method) -> bool:
    return (one.kind, one.summary, one.roles) == (other.kind, other.summary, other.roles)


def _title(method: Method) -> str:
    return f"every {method.name}" if method.name in _common() else method.full_name


def _rights(method: Method) -> str:
    if method.allows(()):
        return "● |" + " |" * (len(MARKS) - 1)
    return " | ".join(["", *("●" if method.allows([role]) else "" for role in MARKS)])


def _section(method: Method) -> str:
    traits = [str(method.kind)]
    traits += [
        word
        for word, holds in (
            ("paged", method.paged), ("dry run", method.dry_run),
            ("look at personal data, audited", method.personal),
        )
        if holds
    ]  # fmt: skip
    takes = describe(method.args, closed=True)
    gives = describe(method.result, closed=True)
    parts = [
        f"\n### {_title(method)}\n",
        f"{method.summary}\n",
        f"*{' · '.join(traits)}* · refuses with {', '.join(f'`{error.code}`' for error in method.errors)}\n",
        *([f"{cell(takes['description'])}\n"] if takes.get("description") else []),
        f"Arguments\n\n{field_table(takes)}",
        f"Result{_said(gives, method)}\n\n{field_table(gives).rstrip()}",
    ]
    return "\n".join(parts)


def _said(described: dict[str, str], method: Method) -> str:
    told = described.get("description")
    if method.kind is Kind.QUERY and method.paged:
        return " (one page)"
    return f" – {cell(told)}" if told else ""
