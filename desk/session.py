"""The signed-in session: a private file with a short token and the one that buys the next pair."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.errors import NotSignedIn
from desk.refusals import Trouble

EARLY = 30.0
"""Seconds before its end at which a token is renewed, so that it lasts for the call."""


@dataclass(frozen=True)
class Kept:
    """What the file holds; ``until`` is in seconds since 1970, real time."""

    account_id: str
    roles: tuple[str, ...]
    access_token: str
    refresh_token: str
    until: float


class CannotKeep(Trouble):
    """The session's file cannot be written; each message is one line and names it."""

    zh_title = "无法保存"


class Session:
    """``renew(refresh_token)`` asks registration for the next pair; a refresh token is never used twice."""

    def __init__(self, file: Path, renew: Callable[[str], Mapping[str, Any]]) -> None:
        self.file = file
        self._renew = renew

    def token(self) -> str:
        """Return a token that still lasts, renewed where needed.

        Raises NotSignedIn when there is no session or it has ended.
        """
        if told := os.environ.get("XINLV_TOKEN"):
            return told
        kept = self.read()
        if kept and kept.until - EARLY > time.time():
            return kept.access_token
        with self._locked():
            # another desk may have renewed it meanwhile; a second use of the old token would end the session
            kept = self.read()
            if kept is None:
                raise NotSignedIn("尚未登录，请先运行 desk login。", "Not signed in: run desk login first.")
            if kept.until - EARLY > time.time():
                return kept.access_token
            try:
                return self.keep(self._renew(kept.refresh_token)).access_token
            except NotSignedIn:
                self.file.unlink(missing_ok=True)
                raise

    def keep(self, answer: Mapping[str, Any]) -> Kept:
        """Keep what signing in or renewing answered, readable by its owner only.

        Raises CannotKeep.
        """
        kept = Kept(
            answer["account_id"], tuple(answer["roles"]), answer["access_token"], answer["refresh_token"],
            time.time() + answer["expires_in"],
        )  # fmt: skip
        with self._written():
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.file.with_name(f".{self.file.name}.{os.getpid()}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as output:
                json.dump(asdict(kept), output)
            draft.replace(self.file)
        return kept

    def read(self) -> Kept | None:
        """Return what is kept, or None; a file that cannot be read counts as none."""
        try:
            document = json.loads(self.file.read_text(encoding="utf-8"))
            return Kept(**{**document, "roles": tuple(document["roles"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def forget(self) -> Kept | None:
        """Remove the file and return what it held."""
        kept = self.read()
        with self._written():
            self.file.unlink(missing_ok=True)
        return kept

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise CannotKeep(
                f"无法保存登录会话到 {self.file}。", f"cannot write the session to {self.file}: {why}"
            ) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._written():
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = self.file.with_suffix(".lock").open("w")
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
