"""A certificate as PDF/A: Chinese first, English beside, number and QR code; same data, same bytes."""

from __future__ import annotations

import base64
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

TEMPLATE = Path(__file__).with_name("templates") / "certificate.typ"


@cache
def _compiler(font_dir: str) -> Any:
    make: Any = typst.Compiler
    return make(TEMPLATE, font_paths=[font_dir], ignore_system_fonts=True)


def render_pdf(certificate: dict[str, Any], font_dir: str) -> bytes:
    """Return the PDF of one certificate; ``certificate`` as ``describe_certificate`` gives it.

    Raises typst.TypstError, also when the fonts lack a character of the text.
    """
    pdf: bytes = _compiler(font_dir).compile(
        format="pdf",
        pdf_standards="a-2b",
        sys_inputs={"certificate": json.dumps(certificate | {"qr": draw_qr(certificate["verify_url"])})},
    )
    return pdf


def render_batch(payload: dict[str, Any]) -> dict[str, Any]:
    """Render {"font_dir", "certificates"} to PDFs and problems by number, in a child process.

    A certificate that cannot be set does not keep the others from it.
    """
    pdfs: dict[str, str] = {}
    problems: dict[str, str] = {}
    for certificate in payload["certificates"]:
        try:
            pdf = render_pdf(certificate, payload["font_dir"])
        except (RuntimeError, ValueError, OSError) as error:
            problems[certificate["number"]] = str(error)[:500]
        else:
            pdfs[certificate["number"]] = base64.b64encode(pdf).decode()
    return {"pdfs": pdfs, "problems": problems}


def draw_qr(content: str) -> str:
    """Return the QR code as SVG text."""
    out = io.BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(out, kind="svg", scale=4, border=1, dark="#1f2a26", xmldecl=False)
    return out.getvalue().decode()
