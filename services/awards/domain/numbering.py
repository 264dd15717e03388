"""Certificate numbers such as ``XL3-F-0001-7QK4``: edition, prize, serial, and check characters."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from contracts.edition import Prize

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_LENGTH = 4
SHAPE = re.compile(
    rf"(?P<body>[A-Z0-9]{{1,12}}-[A-Z0-9]{{1,12}}-[0-9]{{4,6}})-(?P<check>[{ALPHABET}]{{{CHECK_LENGTH}}})"
)
# Read aloud or typed from paper, these are taken for digits; no check character is one of them.
LOOKALIKES = str.maketrans("OIL", "011")
DASHES = re.compile(r"[\s\u2010-\u2015\u2212\uff0d_]+")


def prize_codes(prizes: Iterable[Prize], known: Mapping[str, str]) -> dict[str, str]:
    """Return a short code for every prize: its initials, made longer where two prizes would share them.

    Codes given before (``known``) stay as they are.
    """
    codes = dict(known)
    for prize in prizes:
        if prize.id in codes:
            continue
        words = [word for word in re.split(r"[^A-Za-z0-9]+", prize.id.upper()) if word]
        letters = "".join(words)
        initials = "".join(word[0] for word in words)
        wanted = [initials, *(letters[:length] for length in range(2, 9)), f"P{len(codes) + 1}"]
        codes[prize.id] = next(code for code in wanted if code and code not in codes.values())
    return codes


def certificate_number(edition_code: str, prize_code: str, serial: int, key: bytes) -> str:
    """Write a number; its check characters depend on a key that only this service has.

    A number with one wrong character passes by chance once in a million; so does a guessed one.
    """
    body = f"{edition_code}-{prize_code}-{serial:04d}"
    return f"{body}-{_check_characters(body, key)}"


def read_number(text: str) -> str | None:
    """Return the number as it was printed from what somebody typed, or None when it cannot be one."""
    typed = DASHES.sub("-", text.strip().upper()).strip("-")
    body, _, check = typed.rpartition("-")
    typed = f"{body}-{check.translate(LOOKALIKES)}"
    return typed if SHAPE.fullmatch(typed) else None


def has_valid_check(number: str, key: bytes) -> bool:
    """Say whether the check characters belong to the number."""
    match = SHAPE.fullmatch(number)
    return match is not None and hmac.compare_digest(match["check"], _check_characters(match["body"], key))


def _check_characters(body: str, key: bytes) -> str:
    digest = int.from_bytes(hmac.new(key, body.encode(), hashlib.sha256).digest()[:8], "big")
    return "".join(ALPHABET[digest >> 5 * place & 31] for place in range(CHECK_LENGTH))
