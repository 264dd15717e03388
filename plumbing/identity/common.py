"""Passwords that are among the first to be guessed, told by their making instead of a list of millions."""

from __future__ import annotations

import re

LEET = str.maketrans("@$013", "asoie")
LONGEST_COMMON = 16
COMMON_WORDS = (
    "password", "passwd", "pass", "welcome", "administrator", "admin", "qwertyuiop", "qwerty", "asdfghjkl",
    "asdf", "zxcvbnm", "zxcv", "iloveyou", "letmein", "monkey", "dragon", "sunshine", "princess", "football",
    "baseball", "superman", "woaini", "xinlvbei", "xinlv", "mima", "abc", "test", "root", "user", "guest",
    "secret", "login", "changeme", "master", "hello",
)  # fmt: skip
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_COLUMNS = "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/"
RUNS = tuple(
    run
    for row in (*(one * 2 for one in _ROWS), "".join(_ROWS), "qwertyuiopasdfghjklzxcvbnm", _COLUMNS)
    for run in (row, row[::-1])
)


def is_common(password: str) -> bool:
    """Say whether it is a run of the keyboard, a well-known word with trimmings, or a short piece repeated.

    Lists of common passwords are almost all of these three kinds once what is too short is left out.
    """
    text = password.casefold()
    if len(text) > LONGEST_COMMON:
        return False
    pieces = (text[:size] for size in range(1, 6))
    if any(text in run for run in RUNS) or any(text == (piece * len(text))[: len(text)] for piece in pieces):
        return True
    if not text.isascii():
        return False
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", text)
    return any(_is_made_of_words(variant) for variant in (core, core.translate(LEET)))


def _is_made_of_words(text: str) -> bool:
    letters = re.sub(r"[^a-z]", "", text)
    for word in COMMON_WORDS:
        letters = letters.replace(word, " ")
    return bool(text) and not letters.strip()
