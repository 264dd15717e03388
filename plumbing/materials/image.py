"""What may be wrong with a picture: cut short, far too many pixels, something hidden behind its end."""

from __future__ import annotations

import struct
import zlib

MOST_PIXELS = 200_000_000
# what a picture's tail must not be: archives, programs, documents, pages
SUSPICIOUS = (
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"Rar!",
    b"7z\xbc\xaf",
    b"MZ\x90",
    b"\x7fELF",
    b"%PDF-",
    b"<?php",
    b"<script",
    b"<html",
)


def look_png(content: bytes) -> list[str]:
    """Return the findings of a file that begins like a PNG."""
    place, findings = 8, []
    while place + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            return ["damaged"]
        if place == 8:
            if name != b"IHDR" or length != 13:
                return ["damaged"]
            width, height = struct.unpack_from(">II", content, place + 8)
            if not width or not height:
                return ["damaged"]
            findings += ["image_too_large"] if width * height > MOST_PIXELS else []
        if zlib.crc32(content[place + 4 : end - 4]) != struct.unpack_from(">I", content, end - 4)[0]:
            return ["damaged"]
        if name == b"IEND":
            hidden = content[end:].strip(b"\x00") or _is_archive(content)
            return findings + (["trailing_data"] if hidden else [])
        place = end
    return ["damaged"]


def look_jpeg(content: bytes) -> list[str]:
    """Return the findings of a file that begins like a JPEG.

    Cameras append previews and motion data behind the picture, so only a tail of a dangerous kind counts.
    """
    size = _jpeg_size(content)
    if size is None or b"\xff\xd9" not in content[2:]:
        return ["damaged"]
    findings = ["image_too_large"] if size[0] * size[1] > MOST_PIXELS else []
    tail = content[_picture_end(content) :]
    hidden = _is_archive(content) or any(mark in tail for mark in SUSPICIOUS)
    return findings + (["trailing_data"] if hidden else [])


def _is_archive(content: bytes) -> bool:
    """Say whether the directory that closes a zip stands where archivers look for it, even in a comment."""
    return b"PK\x05\x06" in content[-66_000:]


def _segments_end(content: bytes) -> tuple[int, tuple[int, int] | None]:
    """Walk the marker segments; return where the scan begins (or -1) and the size of the frame."""
    place, size = 2, None
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        length = struct.unpack_from(">H", content, place + 2)[0]
        if length < 2 or place + 2 + length > len(content):
            return -1, None
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and length >= 7:
            height, width = struct.unpack_from(">HH", content, place + 5)
            size = (width, height)
        place += 2 + length
        if marker == 0xDA:
            return place, size
    return -1, None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    return _segments_end(content)[1]


def _picture_end(content: bytes) -> int:
    """The first end marker after the scan: inside a scan FF is always followed by 00 or a restart."""
    found = content.find(b"\xff\xd9", max(_segments_end(content)[0], 2))
    return len(content) if found < 0 else found + 2
