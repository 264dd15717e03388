"""The table of rights in docs/security.md: every method, every role, own and foreign objects."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.rpc import Kind, Method, all_methods
from contracts.rpc.common import common_of
from contracts.words import SERVICES, Role
from runner.security.ownership import MORE, ONE_SERVICE, Reach, reach

COLUMNS = (None, *Role)
CELLS = {Reach.NONE: "–", Reach.OWN: "own", Reach.ALL: "**all**"}


def write_rights() -> str:
    """Return the table as Markdown; the methods common to all services stand once."""
    common = {method.name for method in vars(common_of(SERVICES[0])).values()}
    head = ["method", "", "nobody", *(str(role) for role in Role), "and"]
    lines = [_line(head), _line(["---"] * len(head))]
    for method in all_methods():
        if method.name not in common:
            lines.append(_row(method, method.full_name))
    lines += [_row(method, f"every {method.name}") for method in _common_of_first(common)]
    return "\n".join(lines) + "\n"


def _common_of_first(names: Iterable[str]) -> list[Method]:
    methods = vars(common_of(SERVICES[0])).values()
    return sorted((method for method in methods if method.name in names), key=lambda method: method.name)


def _row(method: Method, name: str) -> str:
    kind = "writes" if method.kind is Kind.COMMAND else "looks" if method.personal else "reads"
    cells = [_cell(method, role) for role in COLUMNS]
    return _line([f"`{name}`", kind, *cells, MORE.get(method.full_name, "")])


def _cell(method: Method, role: Role | None) -> str:
    found = reach(method, role)
    return ONE_SERVICE[method.full_name] if found is Reach.ONE else CELLS[found]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
