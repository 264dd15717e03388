"""Files as units send them, and as those with bad intentions do."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="xml" ContentType="application/xml"/>
</Types>"""
RELATION = '<Relationship Id="r1" Type="http://schemas/{kind}" Target="{target}" TargetMode="External"/>'
SCRIPT = b"9 0 << /S /JavaScript /JS (app.alert(1)) >>"
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def pdf(body: bytes = b"", tail: bytes = b"") -> bytes:
    """Return a small PDF; ``body`` stands among its objects, ``tail`` behind its end."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" + body + b"\n"
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n9\n%%EOF\n" + tail
    )


def object_stream(
    inside: bytes, words: bytes = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", level: int = -1
) -> bytes:
    """Return an object of a PDF that holds other objects, packed."""
    packed = zlib.compress(inside, level)
    return b"7 0 obj\n<< " + words + b" >>\nstream\n" + packed + b"\nendstream\nendobj\n"


def png(width: int = 2, height: int = 2, tail: bytes = b"") -> bytes:
    """Return a PNG whose header claims this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"\x10\x80\x40" * 2 for _ in range(2)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"") + tail


def jpeg(width: int = 8, height: int = 8, tail: bytes = b"") -> bytes:
    """Return the frame of a JPEG whose header claims this size."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        b"\xff\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
        + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd9" + tail
    )  # fmt: skip


def picture_around(hidden: bytes) -> bytes:
    """Return a JPEG that is an archive too: its files in a comment, their directory behind the picture."""
    split = hidden.index(b"PK\x01\x02")
    comment = b"\xff\xfe" + struct.pack(">H", split + 2) + hidden[:split]
    picture = jpeg()
    return picture[:2] + comment + picture[2:] + hidden[split:]


def compound(stream: str) -> bytes:
    """Return what a compound file (OLE) with one stream of this name begins with and lists."""
    entry = stream.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(stream) + 2)
    return (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entry).ljust(1024, b"\0")


def office(extension: str = "docx", **parts: bytes | str) -> bytes:
    """Return an OOXML file; further ``parts`` by name."""
    return archive({"[Content_Types].xml": TYPES, MAIN[extension]: "<document>节能案例</document>", **parts})


def archive(parts: dict[str, bytes | str]) -> bytes:
    """Return a zip of these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return packed.getvalue()


def written_by_word() -> bytes:
    """Return a DOCX with parts and relations as Word and WPS write them: template, links, a formula."""
    office_document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    wrap = f'<Relationships xmlns="{package}">{{}}</Relationships>'
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    types = (
        f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.oleObject"/>'
        f'<Override PartName="/word/document.xml" ContentType="{word}.document.main+xml"/></Types>'
    )

    def relation(number: int, kind: str, target: str, mode: str = "") -> str:
        return f'<Relationship Id="rId{number}" Type="{office_document}/{kind}" Target="{target}"{mode}/>'

    outside = ' TargetMode="External"'
    return office(**{
        "[Content_Types].xml": types,
        "_rels/.rels": head + wrap.format(relation(1, "officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": head + wrap.format(
            relation(1, "styles", "styles.xml") + relation(2, "oleObject", "embeddings/oleObject1.bin")
            + relation(3, "hyperlink", "https://example.cn/?a=1&amp;b=2", outside)
            + relation(4, "hyperlink", "mailto:a@example.cn", outside)),
        "word/_rels/settings.xml.rels": head + wrap.format(relation(
            1, "attachedTemplate", "file:///C:\\Users\\a\\AppData\\Normal.dotm", outside)),
        "word/embeddings/oleObject1.bin": compound("Equation Native"),
    })  # fmt: skip


def written_by_acrobat() -> bytes:
    """Return a PDF of version 1.5: packed objects, references in a stream behind a predictor, a profile."""
    references = b"/DecodeParms<</Columns 4/Predictor 12>>/Filter/FlateDecode/Type/XRef/W[1 2 1]"
    objects = b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode"
    return pdf(
        object_stream(b"9 0 << /Type /Font /BaseFont /SimSun >>", objects)
        + object_stream(b"\x00" * 40, references)
        + object_stream(b"\x00" * 40, b"/N 3/Alternate/DeviceRGB/Filter/FlateDecode")
        + object_stream(b"BT (see HTML/JavaScript) Tj ET", b"/Filter[/FlateDecode]/Length 40")
        + b"8 0 obj\n<</Type/Outlines/First 9 0 R/Last 9 0 R/Title(endobj \\(obj)>>\nendobj\n"
    )  # fmt: skip
