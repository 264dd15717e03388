"""``python -m runner.generate [--check]``."""

from __future__ import annotations

import sys

from runner.generate import generate

if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    differing = generate(check=check)
    for name in differing:
        sys.stdout.write(f"{'not current' if check else 'written'}: {name}\n")
    raise SystemExit(1 if check and differing else 0)
