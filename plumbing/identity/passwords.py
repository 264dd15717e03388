"""Passwords: which are good enough, how they are kept (Argon2id) and checked, off the main loop."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from contracts.errors import InvalidInput
from plumbing.identity.common import is_common

SHORTEST, LONGEST = 10, 128
LEAST_GUESSES = 10**7
"""So many tries it takes at least who knows 30,000 breached passwords, words, names, dates and keyboards."""
LONGEST_GUESSED = 72
# OWASP's first choice for Argon2id: 19 MiB, two passes
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# what is checked for an account that does not exist, so that the answer takes as long
_NOBODY = _hasher.hash("nobody has this password")


class Threads(Protocol):
    """Runs a function that releases the interpreter beside everything else."""

    def thread(self, function: Any, *args: Any) -> Any:
        """Return what the function returns."""


def check_policy(password: str, field: str = "password", about: Sequence[str] = ()) -> None:
    """Raise InvalidInput unless it has 10..128 characters, four different ones, and is not soon guessed.

    ``about`` is what others know of its owner, such as his name and address: guessers try it first.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise InvalidInput.of(
            field, "too_short", f"密码不能少于{SHORTEST}个字符", f"At least {SHORTEST} characters."
        )
    if len(text) > LONGEST:
        raise InvalidInput.of(
            field, "too_long", f"密码不能超过{LONGEST}个字符", f"At most {LONGEST} characters."
        )
    if len(set(text)) < 4:
        raise InvalidInput.of(
            field, "too_simple", "密码过于简单", "Too simple: use more different characters."
        )
    if is_common(text) or _is_soon_guessed(text, about):
        raise InvalidInput.of(
            field, "too_common", "密码过于常见，容易被猜到", "Too common: among the first to be guessed."
        )


def _is_soon_guessed(text: str, about: Sequence[str]) -> bool:
    # looking for patterns takes long in a long text, and what is long is not soon guessed
    known = [word for one in about for word in (one, *re.split(r"[@.\s_-]", one)) if len(word) > 1]
    return bool(zxcvbn(text[:LONGEST_GUESSED], user_inputs=known)["guesses"] < LEAST_GUESSES)


def hash_password(threads: Threads, password: str) -> str:
    """Return the password's Argon2id hash, with its parameters and salt in it."""
    hashed: str = threads.thread(_hasher.hash, _normal(password)[: LONGEST + 1])
    return hashed


def verify_password(threads: Threads, hashed: str | None, password: str) -> tuple[bool, bool]:
    """Return whether the password is right, and whether it should be hashed anew with today's parameters.

    ``hashed`` is None for an unknown account: wrong, after the same work.
    """
    right: bool = threads.thread(_verify, hashed or _NOBODY, _normal(password)[: LONGEST + 1])
    if hashed is None:
        return False, False
    return right, right and _hasher.check_needs_rehash(hashed)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    # the same characters typed on two keyboards must be the same password
    return unicodedata.normalize("NFKC", password)
