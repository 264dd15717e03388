"""Finds secrets in files that are kept under version control.

Our own sixty lines instead of a scanner from elsewhere: those work by baselines and plugins, which need
tending and would be one more dependency; what can be secret here is of few kinds, and each is tried.
"""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 2_000_000
ENOUGH_BITS = 3.6
"""Bits a character above which a word is drawn, not thought up; hexadecimal words reach 4."""
KINDS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*\\?n?[A-Za-z0-9+/]{20,}"),
    "access key of a cloud": re.compile(r"\b(?:AKIA|ASIA|LTAI|AKID)[A-Za-z0-9]{12,}\b"),
    "token of a forge or a registry": re.compile(
        r"\b(?:gh[pousr]_|glpat-|pypi-AgE|npm_|xox[bp]-)[A-Za-z0-9_-]{16,}"
    ),
    "signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    "password in an address": re.compile(r"[a-z+]+://[\w.-]+:(?P<word>[^\s/@{}$<>\"'`]{8,})@[\w.-]+"),
    "password in a setting": re.compile(
        r"(?i)(?:password|passwd|secret|token|api_?key|signing_?key|cookie)[\"']?\s*[:=]\s*[\"']?"
        r"(?P<word>[A-Za-z0-9+/_=-]{16,})"
    ),
}
DRAWN = {"password in an address", "password in a setting"}
"""Kinds that count only where the word looks drawn."""
EXAMPLES = {("tests/unit/plumbing/test_log.py", kind) for kind in ("signed token", "password in a setting")}
"""Known to be none: its signature is the word “signature”."""
HARMLESS = re.compile(
    r"\.lock$|\.svg$|^contracts/events/(samples|schemas)/|^docs/(asyncapi\.yaml|rpc\.md|events\.md)$"
)


@dataclass(frozen=True)
class Found:
    path: str
    line: int
    kind: str


def scan_text(path: str, text: str) -> Iterator[Found]:
    """Yield what looks like a secret, with its line."""
    for kind, pattern in KINDS.items():
        for match in pattern.finditer(text):
            if kind not in DRAWN or looks_drawn(match["word"]):
                yield Found(path, text.count("\n", 0, match.start()) + 1, kind)


def looks_drawn(word: str) -> bool:
    """Say whether somebody drew the word by lot: many different characters, digits among them."""
    counts = Counter(word)
    bits = -sum(count / len(word) * math.log2(count / len(word)) for count in counts.values())
    return bits >= ENOUGH_BITS and any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


def scan_tree(root: Path) -> list[Found]:
    """Return what is found in every file that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    found: list[Found] = []
    for name in listed.stdout.splitlines():
        path = root / name
        if not path.is_file() or path.stat().st_size > LARGEST or HARMLESS.search(name):
            continue
        found += scan_text(name, path.read_text("utf-8", "replace"))
    return [one for one in found if (one.path, one.kind) not in EXAMPLES]
