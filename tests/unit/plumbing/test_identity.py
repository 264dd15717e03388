"""Passwords, one-time secrets, sealed answers."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from contracts.errors import InvalidInput
from plumbing.identity import passwords, secrets
from plumbing.identity.sealing import Sealing
from plumbing.offload import Offload

THREADS = Offload()


def test_a_password_is_right_or_wrong() -> None:
    hashed = passwords.hash_password(THREADS, "correct horse 马")
    assert hashed.startswith("$argon2id$")
    assert hashed != passwords.hash_password(THREADS, "correct horse 马")
    assert passwords.verify_password(THREADS, hashed, "correct horse 马") == (True, False)
    assert passwords.verify_password(THREADS, hashed, "correct horse") == (False, False)
    assert passwords.verify_password(THREADS, "no hash", "correct horse") == (False, False)
    # full-width letters, as a Chinese keyboard writes them
    assert passwords.verify_password(THREADS, hashed, "ｃｏｒｒｅｃｔ horse 马") == (True, False)


def test_an_old_hash_is_to_be_made_anew() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")
    assert passwords.verify_password(THREADS, old, "correct horse") == (True, True)
    assert passwords.verify_password(THREADS, old, "wrong horse") == (False, False)


def test_nobodys_password_is_wrong_after_the_same_work() -> None:
    asked: list[str] = []

    class Counting(Offload):
        def thread(self, function: object, *args: object) -> object:
            asked.append(str(args[0]))
            return super().thread(function, *args)  # type: ignore[arg-type]

    assert passwords.verify_password(Counting(), None, "nobody has this password") == (False, False)
    assert asked[0].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short", "too_short"),
        ("x" * 129, "too_long"),
        ("a" * 12, "too_simple"),
        ("密码" * 6, "too_simple"),
        ("0123456789", "too_common"),
    ],
)
def test_a_bad_password_is_refused(password: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        passwords.check_policy(password, "new_password")
    assert (refused.value.fields[0].field, refused.value.fields[0].rule) == ("new_password", rule)


@pytest.mark.parametrize("password", ["kXv93-lmQ2", "kXv93-lmQ2-ppz" * 9, "一二三四五六七八九十"])
def test_a_good_password_passes(password: str) -> None:
    passwords.check_policy(password)


def test_a_secret_is_told_once_and_kept_as_a_hash() -> None:
    secret, kept = secrets.new_secret()
    assert len(secret) >= 43 and secret not in kept
    assert secrets.hash_secret(secret) == kept
    assert secrets.matches(secret, kept)
    assert not secrets.matches(secret + "x", kept)
    assert secrets.new_secret()[0] != secret


def test_sealed_answers_open_with_their_own_secret_only() -> None:
    sealing = Sealing("secret")
    sealed = sealing.seal("答复 answer")
    assert b"answer" not in sealed and sealed != sealing.seal("答复 answer")
    assert Sealing("secret").open(sealed) == "答复 answer"
    assert Sealing("another").open(sealed) is None
    assert sealing.open(sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert sealing.open(b"") is None
    assert (
        sealing.fingerprint("x") == Sealing("secret").fingerprint("x") != Sealing("another").fingerprint("x")
    )
    with pytest.raises(ValueError, match="secret"):
        Sealing("")
