"""What may be wrong with a Word, Excel or PowerPoint file: bombs, macros, references to outside."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote
from xml.parsers import expat

MOST_PARTS = 5000
MOST_UNPACKED = 512 << 20
MOST_RATIO = 200
RATIO_FROM = 8 << 20
"""Small parts of plain XML pack very well; the ratio counts from this unpacked size on."""
MOST_XML = 64 << 20
CHUNK = 1 << 18
MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
MACROS = re.compile(r"(vbaproject|vbadata)[^/]*\.(bin|xml)$|activex/", re.IGNORECASE)
MACRO_TYPE = re.compile(rb"macroEnabled|ms-office\.vbaProject", re.IGNORECASE)
EMBEDDED_OFFICE = re.compile(r"embeddings/[^/]+\.(docx|xlsx|pptx)$", re.IGNORECASE)
ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)")
ON_THIS_MACHINE = re.compile(r"(file:///?)?[A-Za-z]:[\\/%]|(?![A-Za-z][A-Za-z0-9+.-]*:)(?![\\/]{2})")
"""A path on a drive, or one without scheme and host: writers leave them, and nothing is fetched by them."""
PIECE = re.compile(r"/\[\d+\](\.last)?\.piece$", re.IGNORECASE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A compound file. Drawings and formulas of other programs are ones, and so is a program put into a text."""
OLE_CARRIES = re.compile(
    "|".join(("Ole10Native", "Package\0", "CONTENTS\0", "_VBA_PROJECT")).encode("utf-16-le"), re.IGNORECASE
)
PACKED_PICTURES = (".emz", ".wmz")
PROGRAMS = (b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"PK\x03\x04", b"#!")


class _Bomb(Exception):
    """It unpacks to more than the limits allow."""


def look(content: bytes, extension: str, signature: bytes, depth: int = 0) -> list[str]:
    """Return the findings of a file that begins like a zip. ``signature`` must not occur inside of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            findings = _frame(content, archive, parts)
            if findings:
                return findings
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names or MAIN_PART[extension] not in names:
                return ["type_mismatch"]
            return list(_inside(archive, parts, len(content), signature, depth))
    except _Bomb:
        return ["unpacks_too_large"]
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        struct.error,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ):
        return ["damaged"]


def _frame(content: bytes, archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> list[str]:
    """Faults of the container itself, before anything is unpacked."""
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS:
        return ["too_many_parts"]
    if any(part.flag_bits & 0x1 for part in parts):
        return ["encrypted"]
    if any(_is_unsafe(name) for name in names) or len({name.lower() for name in names}) != len(names):
        return ["unsafe_names"]
    # 22 bytes close an archive without a comment: anything else before or behind it is not a part of it
    if (
        archive.comment
        or content[-22:-18] != b"PK\x05\x06"
        or min((p.header_offset for p in parts), default=0)
    ):
        return ["trailing_data"]
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and unpacked > MOST_RATIO * len(content)):
        return ["unpacks_too_large"]
    return []


def _is_unsafe(name: str) -> bool:
    return (
        name.startswith(("/", "\\"))
        or "\\" in name
        or ":" in name
        or ".." in name.split("/")
        or "\x00" in name
        or PIECE.search(name) is not None
    )


def _inside(
    archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], packed: int, signature: bytes, depth: int
) -> Iterator[str]:
    left = min(MOST_UNPACKED, max(RATIO_FROM, MOST_RATIO * packed))
    for part in parts:
        if part.is_dir():
            continue
        # names of parts ignore case and may be written with %xx
        name = unquote(part.filename).lower()
        if MACROS.search(name):
            yield "macros"
        data, size = _unpack(archive, part, left)
        left -= size
        if signature in data:
            yield "virus"
        if EMBEDDED_OFFICE.search(name) and data.startswith(b"PK\x03\x04"):
            # charts carry their workbook; looked at once more, but no deeper
            inner = (
                look(data, name.rpartition(".")[2], signature, depth + 1) if not depth else ["embedded_file"]
            )
            yield from ("embedded_file" if found == "type_mismatch" else found for found in inner)
        elif _carries(data) and not name.endswith(PACKED_PICTURES):
            yield "embedded_file"
        if name == "[content_types].xml":
            yield from _macro_types(data)
        if name.endswith((".xml", ".rels")) and ENTITIES.search(_as_ascii(data)):
            yield "active_content"
        if name.endswith(".rels"):
            yield from _relations(data)


def _carries(data: bytes) -> bool:
    return data.startswith(PROGRAMS) or (data.startswith(OLE) and OLE_CARRIES.search(data) is not None)


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> tuple[bytes, int]:
    """Read one part as far as the limits go, whatever size its header claims."""
    found = bytearray()
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            found += chunk
            if len(found) > most or (len(found) > MOST_XML and part.filename.endswith((".xml", ".rels"))):
                raise _Bomb
    return bytes(found), len(found)


def _as_ascii(data: bytes) -> bytes:
    """XML may be written in UTF-16, where a plain search would see nothing."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        return data.replace(b"\x00", b"")
    return data


def _elements(data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Go through the elements of XML as those who open it read them: decoded, with their own attributes.

    Raises ValueError for what is no XML; what declares a document type is refused elsewhere.
    """
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, given: found.append((name.rpartition(":")[2].lower(), given))
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for place in range(0, len(data), CHUNK):
            parser.Parse(data[place : place + CHUNK], False)
            yield from found
            found.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError("a part that must be XML is none") from error
    yield from found


def _refuse_doctype(*_: object) -> None:
    raise ValueError("entities could write one thing and mean another")


def _macro_types(types: bytes) -> Iterator[str]:
    if MACRO_TYPE.search(_as_ascii(types)):
        yield "macros"
    try:
        for _, given in _elements(types):
            if any(MACRO_TYPE.search(value.encode("utf-8", "replace")) for value in given.values()):
                yield "macros"
    except ValueError:
        yield "damaged"


def _relations(relations: bytes) -> Iterator[str]:
    """A link to click is fine; a template, picture or object that is fetched on opening is not."""
    try:
        for name, given in _elements(relations):
            external = given.get("TargetMode", "").strip().lower() == "external"
            if name != "relationship" or not external or given.get("Type", "").strip().endswith("/hyperlink"):
                continue
            target = given.get("Target")
            if target is None or not ON_THIS_MACHINE.match(target.strip()):
                yield "external_reference"
    except ValueError:
        yield "damaged"
