"""What hides in a PDF by the way it is written, or in an office file whose parts are broken."""

from __future__ import annotations

import zlib

import pytest

from plumbing.materials import ooxml, pdf
from plumbing.materials.checker import EICAR
from tests.fakes.files import RELATION, object_stream, office
from tests.fakes.files import pdf as a_pdf

HIDDEN = b"<< /S /JavaScript >>"
WORDS = b"/Type /ObjStm /First 4 /Filter /FlateDecode"


@pytest.mark.parametrize(
    "words",
    [
        b"% a comment >>\n" + WORDS,
        b"/Note (a \\) and (another) >> stream) " + WORDS,
        b"/Inner << /Filter << >> /DP 1 >> " + WORDS,
        b"/ID <AB3E3E> " + WORDS,
        b"/Endless << " + WORDS + b">>/First 4/Filter/FlateDecode",
        b"/First 4 /Fil#74er /Flat#65Decode",
    ],
)
def test_scripts_are_found_however_the_dictionary_is_written(words: bytes) -> None:
    assert pdf.look(a_pdf(object_stream(HIDDEN, words))) == ["active_content"]


@pytest.mark.parametrize(
    "body",
    [
        b"7 0 obj\n(text)\nendobj",
        b"7 0 obj\n<< /Length 3 >>\nstream\nabc\nendstream",
        b"7 0 obj\n<< /First 4 >>\nstream\nabc\nendstream",
        b"7 0 obj\n<< /Filter /FlateDecode >>\nstream\nno zlib\nendstream",
        b"7 0 obj\n<< /Open (a string without an end",
        b"7 0 obj\n<< /Open stream\nabc\nendstream",
        object_stream(HIDDEN.replace(b"JavaScript", b"GoTo")),
    ],
)
def test_what_holds_no_packed_objects_is_ordinary(body: bytes) -> None:
    assert pdf.look(a_pdf(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        object_stream(HIDDEN, WORDS + b" /DecodeParms << /Predictor 12 >>"),
        object_stream(HIDDEN, b"/First 4 /Filter [/FlateDecode /FlateDecode]"),
        object_stream(HIDDEN, b"/First 4 /Filter /LZW"),
        b"7 0 obj << /A " * 100,
        b"7 0 obj << (a " * 100,
        b"7 0 obj % " * 100,
    ],
)
def test_what_only_some_would_read_is_not_checkable(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "CHUNK", 64)
    assert pdf.look(a_pdf(body)) == ["not_checkable"]


def test_a_script_far_inside_a_packed_stream_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "CHUNK", 16)
    inside = bytes(range(128, 256)) * 40 + HIDDEN
    assert pdf.look(a_pdf(object_stream(inside))) == ["active_content"]


def test_a_stream_that_is_cut_off_is_read_as_far_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "CHUNK", 16)
    packed = zlib.compress(HIDDEN)
    cut_off = b"%PDF-1.7 startxref %%EOF 7 0 obj <<" + WORDS + b">> stream\n" + packed[:-4]
    assert pdf.look(cut_off) == ["active_content"]


def test_a_dictionary_cut_off_by_the_end_of_the_file_does_no_harm() -> None:
    content = a_pdf()
    assert pdf.look(content.replace(b"%%EOF\n", b"%%EOF 7 0 obj <<")) == []


@pytest.mark.parametrize("name", ["[Content_Types].xml", "word/_rels/document.xml.rels"])
@pytest.mark.parametrize("content", ["<Types", "no xml", "", "<!DOCTYPE a><a/>"])
def test_a_part_that_says_what_the_others_are_must_be_xml(name: str, content: str) -> None:
    assert "damaged" in ooxml.look(office("docx", **{name: content}), "docx", EICAR)


def test_a_template_far_behind_in_a_long_part_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "CHUNK", 32)
    inside = RELATION.format(kind="hyperlink", target="http://ok") * 5
    template = RELATION.format(kind="attachedTemplate", target="http://evil/t.dotm")
    whole = f"<Relationships>{inside}{template}</Relationships>"
    found = ooxml.look(office("docx", **{"word/_rels/document.xml.rels": whole}), "docx", EICAR)
    assert found == ["external_reference"]
