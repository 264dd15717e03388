"""What may be wrong with a PDF: scripts, launches, embedded files, encryption, something behind its end.

Every place in the file that could begin an object is read, whatever its cross-references say: each viewer
repairs them in a way of its own, so any one reading, a library's included, would miss what another sees.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

TRAILING = 1024
"""Bytes behind the last %%EOF that careless writers leave and that are no document of their own."""
MOST_UNPACKED = 64 << 20
MOST_READ = 3
"""How often the whole file's length may be read in dictionaries: ordinary ones are read once."""
CHUNK = 1 << 16
HEADER = re.compile(rb"%PDF-[12]\.\d")
END = rb"(?![^\x00\t\n\f\r ()<>\[\]{}/%])"
# only names too long to occur in packed data by chance: they are looked for everywhere
ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|RichMedia|Rendition|SubmitForm|ImportData)"
    + END
    + rb"|/XFA[\x00\t\n\f\r ]*[\d\[%(<]"
)
EMBEDDED = re.compile(rb"/EmbeddedFiles?" + END)
ENCRYPTED = re.compile(rb"/Encrypt" + END)
OBJECT = re.compile(rb"(?<!end)obj")
BLANK = re.compile(rb"(?:[\x00\t\n\f\r ]+|%[^\r\n]*)*")
WORD = re.compile(rb"[(%]|<<|>>|<[^<>]*>|/[^\x00\t\n\f\r ()<>\[\]{}/%]*|(?<!end)stream")
COMMENT = re.compile(rb"[^\r\n]*")
IN_STRING = re.compile(rb"[()]|\\.", re.DOTALL)
STREAM = re.compile(rb"stream[ \t]*(?:\r\n|\n|\r)?")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
UNCLEAR = re.compile(
    rb"(?!FlateDecode$).*Decode|F?DecodeParms|DP|F|FFilter|Crypt|Fl|AHx|A85|LZW|RL", re.DOTALL
)


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
    """Unpack the streams that hold objects, which no search in the file itself would see.

    ``/First`` makes one: viewers need it, while some do without the type.
    """
    left, to_read = MOST_UNPACKED, MOST_READ * len(content) + CHUNK
    for begun in OBJECT.finditer(content):
        names, end = _dictionary(content, _skip(content, begun.end()), begun.end() + to_read)
        end = _skip(content, end)
        to_read -= end - begun.end()
        if to_read < 0:
            raise ValueError("objects within objects")
        stream = STREAM.match(content, end)
        if not stream or not {b"First", b"ObjStm"} & set(names) or b"Filter" not in names:
            continue
        if any(UNCLEAR.fullmatch(name) for name in names) or names.count(b"FlateDecode") != 1:
            raise ValueError("objects packed in a way that no ordinary writer uses")
        unpacked = _inflate(content, stream.end(), left)
        left -= len(unpacked)
        yield unpacked


def _dictionary(content: bytes, place: int, most: int) -> tuple[list[bytes], int]:
    """Return the names of a dictionary's own level, keys and values alike, and where it ends.

    Raises ValueError when it has not ended at ``most``.
    """
    names: list[bytes] = []
    depth = 0
    while depth or content.startswith(b"<<", place):
        if place > most:
            raise ValueError("dictionaries within dictionaries, or one without an end")
        found = WORD.search(content, place)
        if found is None:
            return names, len(content)
        word, place = found[0], found.end()
        if word in (b"<<", b">>"):
            depth += 1 if word == b"<<" else -1
            if not depth:
                break
        elif word == b"(":
            place = _string_end(content, place)
        elif word == b"%":
            place = COMMENT.match(content, place).end()  # type: ignore[union-attr]
        elif word == b"stream":
            return names, found.start()
        elif depth == 1 and word[:1] == b"/":
            names.append(_unescaped(word[1:]))
    return names, place


def _skip(content: bytes, place: int) -> int:
    """Return where blanks and comments end."""
    blank = BLANK.match(content, place)
    return blank.end() if blank else place


def _string_end(content: bytes, place: int) -> int:
    depth = 1
    for found in IN_STRING.finditer(content, place):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(content)


def _inflate(content: bytes, place: int, most: int) -> bytes:
    """Unpack what begins there; it ends where its own format says, not at a word that may stand inside."""
    unpacked, packed = bytearray(), zlib.decompressobj()
    try:
        while not packed.eof and place < len(content):
            unpacked += packed.decompress(content[place : place + CHUNK], most + 1 - len(unpacked))
            while packed.unconsumed_tail and len(unpacked) <= most:
                unpacked += packed.decompress(packed.unconsumed_tail, most + 1 - len(unpacked))
            if len(unpacked) > most:
                raise OverflowError
            place += CHUNK
    except zlib.error as error:
        raise ValueError("objects that cannot be unpacked") from error
    return bytes(unpacked)
