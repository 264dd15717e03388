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
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def pdf(body: bytes = b"", tail: bytes = b"") -> bytes:
    """Return a small PDF; ``body`` stands among its objects, ``tail`` behind its end."""
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" + body + b"\n"
        b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n9\n%%EOF\n" + tail
    )


def object_stream(inside: bytes, words: bytes = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode") -> bytes:
    """Return an object of a PDF that holds other objects, packed."""
    return b"7 0 obj\n<< " + words + b" >>\nstream\n" + zlib.compress(inside) + b"\nendstream\nendobj\n"


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
