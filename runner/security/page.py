"""docs/security.md: written by hand, but for the blocks between marks, which the code fills."""

from __future__ import annotations

import re
from pathlib import Path

from runner.security.broker_rights import write_broker_rights
from runner.security.rights import write_rights


def write_security_page(path: Path) -> str:
    """Return the page with its blocks as the code has them now."""
    page = path.read_text(encoding="utf-8")
    for name, text in (("rights", write_rights()), ("broker", write_broker_rights())):
        page = fill(page, name, text)
    return page


def fill(page: str, name: str, text: str) -> str:
    """Return the page with one block replaced; ValueError where it has no such block."""
    begin, end = f"<!-- {name}: written by the code -->\n", f"<!-- end of {name} -->"
    block = re.compile(rf"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not block.search(page):
        raise ValueError(f"the page has no block {name}")
    return block.sub(lambda _: f"{begin}{text}{end}", page)
