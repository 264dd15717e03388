"""Which files of benchmarks/ are benchmarks, and not what one of them starts."""

from __future__ import annotations

import ast
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def find_benchmarks(folder: Path = BENCHMARKS) -> dict[str, str]:
    """Return each benchmark's name and first line: the modules whose ``main`` takes ``argv``."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        # read, not imported: some of them patch the whole process
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(_is_main(node) for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or "").split("\n")[0]
    return found


def _is_main(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.FunctionDef)
        and node.name == "main"
        and [argument.arg for argument in node.args.args] == ["argv"]
    )
