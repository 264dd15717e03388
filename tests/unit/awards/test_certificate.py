"""Printing, with the real fonts (fetched once) and the real typesetter."""

import base64
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pypdf
import pytest
import segno
from pypdf.generic import ContentStream

from runner.stack import fonts
from services.awards.certificate import draw_qr, render_batch, render_pdf

CERTIFICATE = {
    "edition": {"zh": "第三届“新绿杯”创新大赛", "en": "Third Xinlv Cup"},
    "theme": {"zh": "智汇新绿 碳路同行", "en": "One road to low carbon"},
    "prize": {"zh": "一等奖", "en": "First prize"},
    "laureate": "某某通信有限公司",
    "joint": [],
    "title": "节能案例",
    "number": "XL3-F-0001-7QK4",
    "verify_url": "http://site.example.cn/verify/XL3-F-0001-7QK4",
    "alt": "二维码 QR code",
    "signatories": ["中国信息通信研究院", "中国通信企业协会"],
    "issued": {"year": 2025, "month": 9, "day": 16},
    "date_en": "16 September 2025",
}


@pytest.fixture(scope="module")
def font_dir() -> str:
    return str(fonts.provide(lambda *_: None))


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_same_data_give_the_same_bytes(font_dir: str) -> None:
    assert render_pdf(CERTIFICATE, font_dir) == render_pdf(dict(CERTIFICATE), font_dir)


@pytest.mark.parametrize(
    "title",
    [
        '#panic("x")',
        "$x^2$ *粗* _斜_ `码`",
        '#image("/etc/passwd")',
        "</svg>\\u{41} @ref <label> // /* //",
        "𠮷𡈽㐂",
    ],
)
def test_text_is_printed_and_never_read_as_markup(font_dir: str, title: str) -> None:
    assert "".join(title.split()) in text_of(render_pdf(CERTIFICATE | {"title": title}, font_dir))


@pytest.mark.parametrize(
    "changes",
    [
        {
            "laureate": "很长的单位名称" * 22,
            "title": "很长的案例标题" * 17,
            "joint": ["联合申报单位名称" * 5] * 8,
        },
        {"title": None, "signatories": []},
        {"laureate": "某", "signatories": ["很长的主办单位名称" * 6] * 4},
    ],
)
def test_long_and_missing_text_stays_on_one_page(font_dir: str, changes: dict) -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(CERTIFICATE | changes, font_dir)))
    assert len(reader.pages) == 1
    assert "一等奖" in "".join(reader.pages[0].extract_text().split())


def test_one_that_cannot_be_printed_does_not_keep_the_others_from_it(font_dir: str) -> None:
    unprintable = CERTIFICATE | {"laureate": "\u0e01", "number": "XL3-F-0002-0000"}
    printed = render_batch({"font_dir": font_dir, "certificates": [unprintable, CERTIFICATE]})
    assert base64.b64decode(printed["pdfs"]["XL3-F-0001-7QK4"]).startswith(b"%PDF")
    assert "could not be displayed" in printed["problems"]["XL3-F-0002-0000"]


def test_it_says_that_it_is_an_archive_pdf_with_embedded_fonts(font_dir: str) -> None:
    pdf = render_pdf(CERTIFICATE, font_dir)
    metadata = pypdf.PdfReader(io.BytesIO(pdf)).xmp_metadata
    assert metadata is not None and b"pdfaid:part" in pdf


def test_without_fonts_every_certificate_is_a_problem(tmp_path: Path) -> None:
    printed = render_batch({"font_dir": str(tmp_path), "certificates": [CERTIFICATE]})
    assert printed["pdfs"] == {} and list(printed["problems"]) == ["XL3-F-0001-7QK4"]


def dark_modules(strokes: Iterable[tuple[float, float, float]]) -> set[tuple[int, int]]:
    """Row and column of each module that strokes (from x, at y, to x) cross, inside a border of one."""
    return {
        (int(y) - 1, column - 1)
        for start, y, end in strokes
        for column in range(round(start), round(end))
    }


def modules_of(content: str) -> set[tuple[int, int]]:
    """Row and column of each dark module of the code that says this."""
    matrix = segno.make(content, error="m", micro=False).matrix
    return {(row, column) for row, line in enumerate(matrix) for column, dark in enumerate(line) if dark}


def strokes_of_svg(svg: str) -> Iterator[tuple[float, float, float]]:
    x = y = 0.0
    for step, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", svg.partition(' d="')[2]):
        if step == "h":
            yield x, y, x + float(first)
            x += float(first)
        else:
            x, y = (x, y) if step == "m" else (0.0, 0.0)
            x, y = x + float(first), y + float(second)


def strokes_of_pdf(pdf: bytes) -> list[tuple[float, float, float]]:
    """Return the strokes of the drawing that has by far the most of them, in its own units."""
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    drawings: list[list[tuple[float, float, float]]] = [[]]
    start = (0.0, 0.0)
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"m":
            start = (float(operands[0]), float(operands[1]))
        elif operator == b"l":
            drawings[-1].append((start[0], start[1], float(operands[0])))
        elif operator in (b"S", b"B", b"f", b"n"):
            drawings.append([])
    return max(drawings, key=len)


def test_the_code_says_the_address(font_dir: str) -> None:
    address = str(CERTIFICATE["verify_url"])
    assert dark_modules(strokes_of_svg(draw_qr(address))) == modules_of(address)
    pdf = render_pdf(CERTIFICATE, font_dir)
    assert dark_modules(strokes_of_pdf(pdf)) == modules_of(address)
    other = render_pdf(CERTIFICATE | {"verify_url": f"{address}0"}, font_dir)
    assert dark_modules(strokes_of_pdf(other)) == modules_of(f"{address}0") != modules_of(address)
