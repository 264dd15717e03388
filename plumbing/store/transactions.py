"""Running a body in one transaction, again from the start when the database asks for it."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from pymongo import ReadPreference
from pymongo.client_session import ClientSession, TransactionOptions
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from plumbing.store.mongo import MAJORITY, Document, Store

T = TypeVar("T")
OPTIONS = TransactionOptions(
    read_concern=ReadConcern("snapshot"),
    write_concern=MAJORITY,
    read_preference=ReadPreference.PRIMARY,
    max_commit_time_ms=20_000,
)
TRANSIENT, UNKNOWN = "TransientTransactionError", "UnknownTransactionCommitResult"
MAX_TIME_MS_EXPIRED = 50
LONGEST = 20.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.002, 0.25


class Abort(Exception):
    """Raised by a body to end its transaction without effect; ``value`` is what the run returns."""

    def __init__(self, value: Any = None) -> None:
        super().__init__("the transaction ends without effect")
        self.value = value


class Sessions:
    """Idle sessions, used again: beginning one costs a tenth of a small transaction."""

    def __init__(self, store: Store, most: int = 50) -> None:
        self._client = store.client
        self._idle: deque[tuple[float, ClientSession]] = deque(maxlen=most)

    def take(self) -> ClientSession:
        """Return a session that nobody else uses."""
        while self._idle:
            try:
                rested, session = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            # the server forgets a session after 30 minutes
            if time.monotonic() - rested < 600:
                return session
        return self._client.start_session(causal_consistency=False)

    def give_back(self, session: ClientSession) -> None:
        """Keep a session whose last transaction ended in order."""
        self._idle.append((time.monotonic(), session))


def run_transaction(
    sessions: Sessions, body: Callable[[ClientSession], T], *, deadline: float | None = None
) -> T:
    """Run ``body`` and commit what it wrote; return what it returned.

    A write conflict or a change of primary runs it again, until ``deadline`` (monotonic; 20 s from now
    unless told). Any other error of the body aborts and is raised; Abort aborts and returns its value.
    """
    until = time.monotonic() + LONGEST if deadline is None else deadline
    attempt = 0
    while True:
        session = sessions.take()
        try:
            session.start_transaction(OPTIONS.read_concern, OPTIONS.write_concern, OPTIONS.read_preference,
                                      OPTIONS.max_commit_time_ms)  # fmt: skip
            try:
                result = body(session)
            except Abort as wanted:
                session.abort_transaction()
                sessions.give_back(session)
                value: T = wanted.value
                return value
            _commit(session, until)
        except PyMongoError as error:
            _leave(session, sessions, error)
            attempt += 1
            if not error.has_error_label(TRANSIENT) or time.monotonic() >= until:
                raise
            _pause(attempt, until)
        except BaseException as error:
            _leave(session, sessions, error)
            raise
        else:
            sessions.give_back(session)
            return result


def _commit(session: ClientSession, until: float) -> None:
    """Commit, asking again while the outcome is unknown; asking twice commits once."""
    attempt = 0
    while True:
        try:
            session.commit_transaction()
            return
        except PyMongoError as error:
            expired = isinstance(error, OperationFailure) and error.code == MAX_TIME_MS_EXPIRED
            attempt += 1
            if not error.has_error_label(UNKNOWN) or expired or time.monotonic() >= until:
                raise
            _pause(attempt, until)


def _leave(session: ClientSession, sessions: Sessions, error: BaseException) -> None:
    """Abort what is open. A session that saw a broken connection is not used again."""
    if session.in_transaction:
        session.abort_transaction()
    if isinstance(error, ConnectionFailure) or not isinstance(error, Exception):
        session.end_session()
    else:
        sessions.give_back(session)


def _pause(attempt: int, until: float) -> None:
    # with jitter, so that those who met do not meet again
    longest = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2**attempt, max(0.0, until - time.monotonic()))
    time.sleep(random.uniform(longest / 4, longest))  # noqa: S311


__all__ = ["Abort", "Document", "Sessions", "run_transaction"]
