"""Writes the table of uploads into docs/security.md: `python -m tests.security.write_page`."""

from __future__ import annotations

from runner.security.page import fill
from runner.security.sbom import ROOT
from tests.security.uploads import write_uploads

if __name__ == "__main__":
    page = ROOT / "docs" / "security.md"
    page.write_text(fill(page.read_text("utf-8"), "uploads", write_uploads()), encoding="utf-8")
