"""Print the part of requirements.lock that running needs: python needed_to_run.py > run.lock

What pyproject.toml asks for without its extras, and what that asks for, by the lock's own comments (`# via`);
hashes and markers stay. Standard library only: an image is built with it before anything is installed.
"""

import re
import sys
import tomllib
from pathlib import Path


def normal(name):
    """The name of a package as it is compared."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", name.strip(), maxsplit=1)[0]).lower()


def needed(lock, roots):
    """The blocks of a lock file, as uv writes it, for the packages named and all that they need."""
    blocks = {normal(block): block for block in re.split(r"(?m)^(?=[A-Za-z0-9])", lock)[1:]}
    wanted_by = {
        name: {normal(line.strip(" #").removeprefix("via ")) for line in re.findall(r"(?m)^    #.*$", block)}
        for name, block in blocks.items()
    }
    found = {normal(root) for root in roots}
    if lost := found - blocks.keys():
        sys.exit(f"requirements.lock lacks {', '.join(sorted(lost))}: make it again, its first lines say how")
    while more := {name for name, by in wanted_by.items() if by & found} - found:
        found |= more
    return "".join(block for name, block in blocks.items() if name in found)


if __name__ == "__main__":
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    print(needed(Path("requirements.lock").read_text("utf-8"), project["dependencies"]), end="")  # noqa: T201
