"""Handling events once each: the inbox row of (event, reaction) is written in the reaction's transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pymongo.errors import ConnectionFailure, DuplicateKeyError, PyMongoError

from contracts.errors import NotYet, Refusal, TooManyRequests, Unavailable
from contracts.events import Event
from plumbing.service import Index, Reaction
from plumbing.store.mongo import Document, Store
from plumbing.store.transactions import TRANSIENT, Sessions, run_transaction
from plumbing.store.tx import Tx, Work

log = logging.getLogger(__name__)
INDEXES = (Index("inbox", (("at", 1),)),)
# how many events that fail are taken out of a batch, one after the other, before all are taken one by one
MOST_TAKEN_OUT = 3


class Status(StrEnum):
    """How handling an event ended; the first two are done with.

    ``unwanted`` is what nothing here reacts to; the release that follows may.
    """

    HANDLED = "handled"
    REPEATED = "repeated"
    UNWANTED = "unwanted"
    RETRY = "retry"
    NOT_YET = "not_yet"
    FAILED = "failed"


WORST_LAST = (Status.REPEATED, Status.HANDLED, Status.NOT_YET, Status.RETRY, Status.FAILED)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one event; ``reason`` is one line without personal data, empty when all is well."""

    event_id: str
    status: Status
    reason: str = ""


class _Stopped(Exception):
    """An event of the batch raised; says which."""

    def __init__(self, place: int) -> None:
        super().__init__(f"event {place} of the batch raised")
        self.place = place


class Inbox:
    """The consuming side of one service. ``begin(work, event)`` makes the Tx of a reaction."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        reactions: Callable[[Event], Sequence[Reaction]],
        begin: Callable[[Work, Event], Tx],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._reactions = reactions
        self._begin = begin

    def handle(self, events: Sequence[Event]) -> list[Outcome]:
        """Handle events, in one transaction where that works, else one by one; an outcome each, in order.

        Never raises for what an event or a reaction does; a database that is away makes each a ``retry``.
        """
        outcomes: dict[int, Outcome] = {}
        events = [_newest(event, place, outcomes) for place, event in enumerate(events)]
        places = self._first_ones(events, outcomes)
        try:
            self._handle(events, places, outcomes)
        except ConnectionFailure as error:
            # one wait for the database is enough for all of them
            log.warning("%d events are put off: %s", len(places), error)
            put_off = [place for place in places if place not in outcomes]
            reason = f"the database is away ({type(error).__name__})"
            outcomes.update({place: Outcome(events[place].id, Status.RETRY, reason) for place in put_off})
        for place, event in enumerate(events):
            if place not in outcomes:  # the same event twice in one batch: the second ends like the first
                first = next(outcome for outcome in outcomes.values() if outcome.event_id == event.id)
                status = Status.REPEATED if first.status is Status.HANDLED else first.status
                outcomes[place] = Outcome(event.id, status, first.reason)
        return [outcomes[place] for place in range(len(events))]

    def _handle(self, events: Sequence[Event], places: Sequence[int], outcomes: dict[int, Outcome]) -> None:
        together = list(places)
        taken_out = 0
        while len(together) > 1 and taken_out <= MOST_TAKEN_OUT:
            try:
                outcomes.update(self._together(events, together))
                return
            except _Stopped as stopped:
                # its neighbours need not suffer: it is tried alone, they go on together
                taken_out += 1
                together.remove(stopped.place)
                outcomes[stopped.place] = self._alone(events[stopped.place])
            except ConnectionFailure:
                raise
            except Exception as error:
                log.warning("%d events are taken one by one: %s", len(together), type(error).__name__)
                break
        for place in together:
            outcomes[place] = self._alone(events[place])

    def _first_ones(self, events: Sequence[Event], outcomes: dict[int, Outcome]) -> list[int]:
        seen: set[str] = set()
        places = []
        for place, event in enumerate(events):
            if event.id in seen or place in outcomes:
                continue
            seen.add(event.id)
            if self._reactions(event):
                places.append(place)
            else:
                outcomes[place] = Outcome(event.id, Status.UNWANTED, "nothing reacts to it")
        return places

    def _together(self, events: Sequence[Event], places: Sequence[int]) -> dict[int, Outcome]:
        wanted = {place: {_key(events[place], reaction) for reaction in self._reactions(events[place])}
                  for place in places}  # fmt: skip

        def body(session: Any) -> dict[int, Outcome]:
            work = Work(self._store, session)
            known = self._known(work, [key for keys in wanted.values() for key in keys])
            outcomes: dict[int, Outcome] = {}
            rows: list[Document] = []
            for place in places:
                event, before = events[place], len(rows)
                tx: Tx | None = None
                for reaction in self._reactions(event):
                    if _key(event, reaction) in known:
                        continue
                    tx = tx or self._begin(work, event)
                    told = len(tx.emitted)
                    try:
                        reaction(tx, event)
                    except ConnectionFailure:
                        raise
                    except Exception as error:
                        if isinstance(error, PyMongoError) and error.has_error_label(TRANSIENT):
                            raise
                        raise _Stopped(place) from error
                    rows.append(_row(event, reaction, tx.emitted[told:]))
                status = Status.HANDLED if len(rows) > before else Status.REPEATED
                outcomes[place] = Outcome(event.id, status)
            if rows:
                self._store.collection("inbox").insert_many(rows, session=session)
            work.flush()
            return outcomes

        return run_transaction(self._sessions, body)

    def _alone(self, event: Event) -> Outcome:
        """Each reaction in a transaction of its own: one that fails does not undo or stop the others."""
        worst = Outcome(event.id, Status.REPEATED)
        for reaction in self._reactions(event):
            outcome = self._once(event, reaction)
            if WORST_LAST.index(outcome.status) > WORST_LAST.index(worst.status):
                worst = outcome
        return worst

    def _once(self, event: Event, reaction: Reaction) -> Outcome:
        def body(session: Any) -> Status:
            work = Work(self._store, session)
            if self._known(work, [_key(event, reaction)]):
                return Status.REPEATED
            tx = self._begin(work, event)
            reaction(tx, event)
            self._store.collection("inbox").insert_one(_row(event, reaction, tx.emitted), session=session)
            work.flush()
            return Status.HANDLED

        try:
            return Outcome(event.id, run_transaction(self._sessions, body))
        except ConnectionFailure:
            raise
        except Exception as error:
            return self._explain(event, reaction, error)

    def _explain(self, event: Event, reaction: Reaction, error: Exception) -> Outcome:
        name = reaction.__name__
        if isinstance(error, NotYet):
            return Outcome(event.id, Status.NOT_YET, f"{name}: {error.en}")
        if isinstance(error, Unavailable | TooManyRequests):
            return Outcome(event.id, Status.RETRY, f"{name}: {error.en}")
        if isinstance(error, PyMongoError) and not isinstance(error, DuplicateKeyError):
            log.warning("%s of %s met the database: %s", name, event.kind.type, error)
            return Outcome(
                event.id, Status.RETRY, f"{name}: the database did not take it ({type(error).__name__})"
            )
        log.error("%s of %s %s failed", name, event.kind.type, event.id, exc_info=error)
        said = f"{error.code}: {error.en}" if isinstance(error, Refusal) else type(error).__name__
        return Outcome(event.id, Status.FAILED, f"{name}: {said}")

    @staticmethod
    def _known(work: Work, keys: list[str]) -> set[str]:
        rows = work.store.collection("inbox").find({"_id": {"$in": keys}}, {"_id": 1}, session=work.session)
        return {row["_id"] for row in rows}


def _newest(event: Event, place: int, outcomes: dict[int, Outcome]) -> Event:
    """The event as its newest version; one that cannot be told so has failed."""
    try:
        return event.upcast()
    except Exception as error:
        log.exception("%s %s cannot be read as its newest version", event.kind.type, event.id)
        outcomes[place] = Outcome(event.id, Status.FAILED, f"upcast: {type(error).__name__}")
        return event


def _key(event: Event, reaction: Reaction) -> str:
    return f"{event.id}|{reaction.__name__}"


def _row(event: Event, reaction: Reaction, told: Sequence[Event]) -> Document:
    events = {"events": [one.id for one in told]} if told else {}
    return {
        "_id": _key(event, reaction),
        "event_id": event.id,
        "reaction": reaction.__name__,
        "type": event.kind.type,
        # real time: it tells how long the row is kept
        "at": datetime.now(UTC),
        **events,
    }
