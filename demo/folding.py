"""Breaking lines of Chinese and Latin words mixed: rich breaks at blanks only, which Chinese has none of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

OPENING, CLOSING = "“‘（《", "，。；：、？！）》”’"
WIDE = r"\u2e80-\uffef"
PIECES = re.compile(
    rf"[{OPENING}]*(?:[^\s{WIDE}{OPENING}{CLOSING}]+|(?![{OPENING}{CLOSING}])[{WIDE}])[{CLOSING}]*"
    rf"|[{OPENING}{CLOSING}]|\s+"
)
"""A Chinese letter or a word, with the marks that must not end or begin a line; or blanks."""


def fold(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, none wider than ``width`` terminal cells unless a single word is."""
    line = ""
    for piece in PIECES.findall(text):
        if line and cell_len(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line:
        yield line.rstrip()
