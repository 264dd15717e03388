"""docs/security.md shows what the code says and the tests try."""

from __future__ import annotations

from contracts.rpc import all_methods
from contracts.rpc.common import common_of
from runner.security.page import fill, write_security_page
from runner.security.sbom import ROOT
from tests.security.uploads import attacks, write_uploads

PATH = ROOT / "docs" / "security.md"


def test_tables_from_the_code_are_current() -> None:
    assert write_security_page(PATH) == PATH.read_text("utf-8"), "run ./xinlv docs"


def test_the_table_of_uploads_is_what_is_tried() -> None:
    assert len(attacks()) > 30
    page = PATH.read_text("utf-8")
    assert fill(page, "uploads", write_uploads()) == page, "python -m tests.security.write_page"


def test_no_method_is_missing() -> None:
    page = PATH.read_text("utf-8")
    common = {method.name for method in vars(common_of("review")).values()}
    for method in all_methods():
        shown = f"`every {method.name}`" if method.name in common else f"`{method.full_name}`"
        assert shown in page
