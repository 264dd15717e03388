"""What docs and alarm rules say of metrics is what the code counts: each name, label and outcome."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from contracts.errors import REFUSALS
from plumbing.bus import inbox, server
from plumbing.store.inbox import Status
from plumbing.web import metrics

ROOT = Path(__file__).resolve().parents[3]
PAGES = (
    *(ROOT / "docs").glob("*.md"),
    *(file for room in ("deploy", "k8s") for file in (ROOT / room).rglob("*") if file.is_file()),
)
METRIC = re.compile(r"xinlv_[a-z][a-z_]*(?:\{[^}]*\})?")
NOT_METRICS = {"xinlv_compose", "xinlv_clock"}
"""A shell function that operations.md defines, and the clock's database."""


def named() -> list[tuple[str, dict[str, str]]]:
    """Every metric that a page names, with the labels it asks for."""
    found = []
    for page in PAGES:
        for text in METRIC.findall(page.read_text(encoding="utf-8")):
            name, _, labels = text.partition("{")
            if name not in NOT_METRICS:
                found.append((name, dict(re.findall(r'(\w+)="([^"]*)"', labels))))
    return found


def counted() -> dict[str, tuple[str, ...]]:
    """The labels of every metric that a service has, by the names Prometheus shows."""
    endings = {"counter": ("_total",), "histogram": ("", "_count", "_sum", "_bucket"), "gauge": ("",)}
    found = {}
    for value in vars(metrics).values():
        if isinstance(value, metrics.Counter | metrics.Gauge | metrics.Histogram):
            [family] = value.describe()
            for ending in endings[family.type]:
                found[family.name + ending] = tuple(value._labelnames)
    return found


def words_in(module: object, pick: type[ast.AST]) -> set[str]:
    """Texts that stand directly in a tuple, or as an argument of a call, in a module's code."""
    tree = ast.parse(Path(str(getattr(module, "__file__", ""))).read_text(encoding="utf-8"))
    inner = [
        child for node in ast.walk(tree) if isinstance(node, pick) for child in ast.iter_child_nodes(node)
    ]
    return {one.value for one in inner if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def outcomes(metric: str) -> set[str]:
    """The words that the code counts a call or an event under."""
    if metric == "xinlv_rpc_total":
        return {*REFUSALS, *(words_in(server, ast.Tuple) & {"ok", "Failed"})}
    return {*map(str, Status), *(words_in(inbox, ast.Call) & {"parked"})}


@pytest.mark.parametrize(("name", "labels"), named(), ids=str)
def test_a_metric_that_a_page_names_is_counted(name, labels):
    known = counted()
    assert name in known
    assert labels.keys() <= set(known[name])
    if "outcome" in labels:
        assert labels["outcome"] in outcomes(name)


def test_the_page_names_what_to_watch():
    assert len(named()) >= 7
