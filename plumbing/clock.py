"""The business clock: the primary's time for all services alike, moved by an offset only in profile local."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pymongo import MongoClient
from pymongo.errors import PyMongoError

log = logging.getLogger(__name__)
SYNCHRONISE_EVERY = 5.0
LONGEST_ROUND = 0.5
"""An answer that took longer tells the time too badly: nobody knows at which end of the wait it was said."""
ASK_AGAIN_AFTER = 0.5
# A reader may use an offset for this long, and who moves the clock waits longer before saying that it is
# done: whatever happens after that answer happens at the new time everywhere.
OFFSET_KEPT = 0.1
MOVES_KEPT = 200
DATABASE, COLLECTION, ROW = "xinlv_clock", "offset", "offset"


class Clock(Protocol):
    """Tells the business time."""

    def now(self) -> datetime:
        """Return the business time, aware, in UTC, to the millisecond."""


class PrimaryClock:
    """The primary's time, asked for every few seconds, carried on by the monotonic clock; never goes back."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self._delta = 0.0
        self._round = float("inf")
        self._synchronised: float | None = None
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the business time; raises PyMongoError only while the primary has never answered."""
        moment = self._primary()
        if moment <= self._last:
            return self._last
        self._last = moment
        return moment

    def _primary(self) -> datetime:
        if self._synchronised is None or time.monotonic() - self._synchronised > SYNCHRONISE_EVERY:
            self._synchronise()
        return _moment(time.monotonic() + self._delta)

    def _synchronise(self) -> None:
        before = time.monotonic()
        if self._synchronised is not None:
            self._synchronised = before  # while one asks, the others carry on by its last word
        try:
            told: datetime = self._client.admin.command("hello")["localTime"]
        except PyMongoError as error:
            if self._synchronised is None:
                raise
            log.warning("the primary does not tell the time, its last word counts: %s", type(error).__name__)
            return
        after = time.monotonic()
        took = after - before
        clear = took <= LONGEST_ROUND
        if clear or took < self._round:
            if told.tzinfo is None:
                told = told.replace(tzinfo=UTC)
            self._delta = told.timestamp() - (before + after) / 2
            self._round = took
        else:
            log.warning("the primary's word took %.1f s and is not counted", took)
        self._synchronised = after if clear else after - SYNCHRONISE_EVERY + ASK_AGAIN_AFTER


class LocalClock(PrimaryClock):
    """The primary's time plus the offset kept in the database; for the local profile."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        super().__init__(client)
        self._offset = timedelta(0)
        self._read: float | None = None

    def _primary(self) -> datetime:
        if self._read is None or time.monotonic() - self._read > OFFSET_KEPT:
            begun = time.monotonic()
            self._offset = _offset(self._client)
            self._read = begun
        return super()._primary() + self._offset


class FixedClock:
    """Stands still until it is set; for tests."""

    def __init__(self, moment: datetime) -> None:
        self._moment = _cut(moment)

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Set the time; it may go back."""
        self._moment = _cut(moment)

    def advance(self, **by: float) -> datetime:
        """Go on by a timedelta's arguments and return the new time."""
        self._moment += timedelta(**by)
        return self._moment


def advance_clock(
    client: MongoClient[dict[str, Any]],
    *,
    by: timedelta | None = None,
    to: datetime | None = None,
    once: str = "",
) -> datetime:
    """Move the business clock forward and return its new time, once every reader has it.

    Moves of the same name ``once`` are one, however many ask for it at the same time.
    Raises ValueError when told to go back, or neither or both of ``by`` and ``to`` are given.
    Whether it may be moved at all is for the caller to check.
    """
    if (by is None) == (to is None):
        raise ValueError("tell by how much, or to when")
    now = LocalClock(client).now()
    step = by if by is not None else (to or now) - now
    rows = client[DATABASE][COLLECTION]
    if step < timedelta(0):
        if once and rows.find_one({"_id": ROW, "moves": once}):
            return _settled(client)
        raise ValueError("the business clock does not go back")
    rows.update_one({"_id": ROW}, {"$setOnInsert": {"milliseconds": 0}}, upsert=True)
    named = {"$push": {"moves": {"$each": [once], "$slice": -MOVES_KEPT}}} if once else {}
    rows.update_one(
        {"_id": ROW, **({"moves": {"$ne": once}} if once else {})},
        {"$inc": {"milliseconds": step // timedelta(milliseconds=1)}, **named},
    )
    return _settled(client)


def _settled(client: MongoClient[dict[str, Any]]) -> datetime:
    """Return the time once no reader can hold an older offset any more."""
    time.sleep(OFFSET_KEPT * 1.5)
    return LocalClock(client).now()


def start_clock(client: MongoClient[dict[str, Any]], at: datetime) -> None:
    """Let the business clock of a platform that has not run yet begin at a moment, past or future.

    Raises ValueError where it was moved before: nothing decided by it may come to lie in the future.
    """
    begun = client[DATABASE][COLLECTION].update_one(
        {"_id": ROW},
        {"$setOnInsert": {"milliseconds": (at - PrimaryClock(client).now()) // timedelta(milliseconds=1)}},
        upsert=True,
    )
    if begun.upserted_id is None:
        raise ValueError("the business clock runs already")


def _offset(client: MongoClient[dict[str, Any]]) -> timedelta:
    row: Mapping[str, Any] | None = client[DATABASE][COLLECTION].find_one({"_id": ROW})
    return timedelta(milliseconds=row["milliseconds"] if row else 0)


def _moment(seconds: float) -> datetime:
    return _cut(datetime.fromtimestamp(seconds, UTC))


def _cut(moment: datetime) -> datetime:
    """BSON and our JSON keep milliseconds; finer times would not come back as they went."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
