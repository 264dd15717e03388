"""The Chinese font of certificates: this machine's, else Debian's Noto Serif CJK kept in the cache folder.

Of the sets tried only the full CJK one has rare characters of names such as 𠮷; apt checks its hash.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from runner.stack import cache
from runner.stack.cache import Progress
from runner.stack.debs import unpack
from runner.stack.processes import StackError

PART = "fonts"
PACKAGE = "fonts-noto-cjk"
FILES = ("NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc")
SYSTEM = Path("/usr/share/fonts/opentype/noto")


def provide(progress: Progress) -> Path:
    """Return a folder with the fonts: XINLV_FONT_DIR as it is, the system's, or the cached one.

    Raises StackError when there is none and none can be had.
    """
    if given := os.environ.get("XINLV_FONT_DIR"):
        if not Path(given).is_dir():
            raise StackError(f"{PART}: XINLV_FONT_DIR names {given}, which is not a folder")
        return Path(given)
    if has_fonts(SYSTEM):
        return SYSTEM
    return cache.provide_once("fonts-noto-serif-cjk-2", lambda draft: _fetch(draft, progress))


def has_fonts(folder: Path) -> bool:
    """Say whether both weights lie there."""
    return all((folder / name).is_file() for name in FILES)


def _fetch(folder: Path, progress: Progress) -> None:
    """Fetch the package (57 MB) and keep of it what certificates need, with its licence."""
    unpacked = folder / "package"
    unpacked.mkdir()
    try:
        unpack(PART, [PACKAGE], unpacked, progress)
        for name in FILES:
            found = next(unpacked.rglob(name), None)
            if found is None:
                raise StackError(f"{PART}: {PACKAGE} no longer carries {name}; set XINLV_FONT_DIR")
            found.rename(folder / name)
        licence = unpacked / "usr/share/doc" / PACKAGE / "copyright"
        if licence.is_file():
            licence.rename(folder / "copyright")
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
