"""What may be wrong with a PDF: scripts, launches, embedded files, encryption, something behind its end."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

TRAILING = 1024
"""Bytes behind the last %%EOF that careless writers leave and that are no document of their own."""
MOST_UNPACKED = 64 << 20
DICTIONARY = 1 << 16
HEADER = re.compile(rb"%PDF-[12]\.\d")
# only names too long to occur in packed data by chance: they are looked for everywhere
ACTIVE = re.compile(rb"/(JavaScript|Launch|RichMedia|SubmitForm|ImportData)(?![A-Za-z0-9])")
EMBEDDED = re.compile(rb"/EmbeddedFiles?(?![A-Za-z0-9])")
ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
FILTER = re.compile(rb"/Filter\s*(\[[^\]]*\]|/\w+)")
STREAM = re.compile(rb"(?<!end)stream\r?\n")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


def look(content: bytes) -> list[str]:
    """Return the findings of a file that begins like a PDF."""
    end = content.rfind(b"%%EOF")
    if not HEADER.match(content) or end < 0 or b"startxref" not in content:
        return ["damaged"]
    findings = ["trailing_data"] if _has_tail(content, end + len(b"%%EOF")) else []
    if ENCRYPTED.search(_unescaped(content)):
        # nothing inside an encrypted document can be read, so nothing else could be said of it
        return [*findings, "encrypted"]
    try:
        for part in (content, *_object_streams(content)):
            plain = _unescaped(part)
            findings += ["active_content"] if ACTIVE.search(plain) else []
            findings += ["embedded_file"] if EMBEDDED.search(plain) else []
    except OverflowError:
        findings.append("unpacks_too_large")
    except ValueError:
        findings.append("not_checkable")
    return findings


def _has_tail(content: bytes, end: int) -> bool:
    behind = content[end:].strip(b"\r\n\t \x00\x1a")
    # the directory that closes a zip makes the file an archive too, wherever the last %%EOF stands
    return (
        len(behind) > TRAILING
        or behind.startswith((b"PK", b"MZ", b"<"))
        or b"PK\x05\x06" in content[-66_000:]
    )


def _unescaped(part: bytes) -> bytes:
    """A name may be written with #xx for its letters, which hides it from a plain search."""
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), part)


def _object_streams(content: bytes) -> Iterator[bytes]:
    """Unpack the streams that hold objects, which no search in the file itself would see."""
    left = MOST_UNPACKED
    for begun in STREAM.finditer(content):
        earliest = max(0, begun.start() - DICTIONARY)
        dictionary = _unescaped(
            content[max(content.rfind(b"obj", earliest, begun.start()), earliest) : begun.start()]
        )
        if not OBJECT_STREAM.search(dictionary):
            continue
        filters = FILTER.search(dictionary)
        ended = content.find(b"endstream", begun.end())
        packed = content[begun.end() : ended if ended >= 0 else len(content)]
        if filters is None:
            unpacked = packed
        elif filters[1].strip(b"[] \r\n\t") == b"/FlateDecode":
            unpacked = _inflate(packed, left)
        else:
            raise ValueError("objects packed in a way that no ordinary writer uses")
        left -= len(unpacked)
        yield unpacked


def _inflate(packed: bytes, most: int) -> bytes:
    try:
        unpacked = zlib.decompressobj().decompress(packed, most + 1)
    except zlib.error as error:
        raise ValueError("objects that cannot be unpacked") from error
    if len(unpacked) > most:
        raise OverflowError
    return unpacked
