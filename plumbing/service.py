"""What a service is made of, without saying on what it runs: tables from contracts to functions.

A service module declares one ``Service``; ``plumbing.store`` executes its functions in transactions and
``plumbing.bus`` connects them to the broker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from contracts.events import Event, EventType
from contracts.rpc import Method
from plumbing.identity.caller import Caller

Json = dict[str, Any]


class Findings(list[Json]):
    """What a check found, and how many things it looked at: silence about nothing means nothing."""

    def __init__(self, seen: int = 0) -> None:
        super().__init__()
        self.seen = seen


class Reading(Protocol):
    """What a query gets: reads outside a transaction, committed by a majority."""

    caller: Caller
    now: datetime
    parts: Any

    def collection(self, name: str) -> Any:
        """Return one of this service's collections."""


class Transaction(Protocol):
    """What a command or a reaction gets: everything written through it is committed together or not at all.

    The body may run again from the start, so nothing in it may reach outside the database.
    """

    caller: Caller
    now: datetime
    correlation_id: str
    causation_id: str

    def collection(self, name: str) -> Any:
        """Return one of this service's collections, bound to the transaction."""

    def emit(self, kind: EventType, subject: str, sequence: int, data: Mapping[str, Any]) -> str:
        """Put an event in the outbox and return its id; ``data`` holds Python values and is checked here."""

    def audit(self, action: str, subject: str, **details: Any) -> None:
        """Write one more row in the audit log beside the command's own."""

    def enqueue(self, job: str, arguments: Mapping[str, Any]) -> str:
        """Take on a job of this service and return its id."""


class Context(Protocol):
    """What runs outside a transaction gets: preparation, loops, jobs between their steps."""

    caller: Caller
    parts: Any
    command: str
    """The key of the command that is prepared, the same for its repeats; empty elsewhere."""

    @property
    def now(self) -> datetime:
        """Return the business time."""

    def collection(self, name: str) -> Any:
        """Return one of this service's collections."""

    def transact(self, action: str, run: Callable[[Any], Any], *, correlation_id: str = "") -> Any:
        """Run one transaction as the service itself, audited under ``action``; return what ``run`` does."""

    def keep_lease(self, seconds: float = ...) -> None:
        """Make the lease of the loop that runs longer; LeaseLost, to end the run, where it is another's."""

    def keep_lease_in(self, tx: Any) -> None:
        """Have a transaction take place only while the lease is held; LeaseLost where it is another's."""


@dataclass(frozen=True)
class Command:
    """``run(tx, args)``; with a ``prepare(context, args)`` before it: ``run(tx, args, facts)``."""

    run: Callable[..., Json]
    prepare: Callable[[Any, Json], Any] | None = None
    guard: Callable[[Any, Json], None] | None = None
    """Counts the try, ``guard(context, args)``: called each time, for repeats of what was answered too."""
    secret: bool = False
    """The answer opens something: a repeat gets it for a minute, then it is forgotten."""
    small: bool = False
    """Soon done, in a few documents: those that come at once may share a transaction (see store.sharing)."""


@dataclass(frozen=True)
class JobKind:
    """Long work in small transactions; each is safe to run twice.

    ``step(tx, job, facts)`` does one portion and changes ``job`` (cursor, done, total, outcomes, finished);
    ``prepare(context, job)`` computes its facts outside the transaction.
    """

    step: Callable[..., None]
    prepare: Callable[[Any, Any], Any] | None = None


@dataclass(frozen=True)
class Loop:
    """Background work of one replica at a time: ``run(context)`` returns how much it did; 0 rests a while."""

    run: Callable[[Any], int]
    every: float = 1.0
    everywhere: bool = False
    """Every replica runs it, for itself, and once before the service takes its first call."""


@dataclass
class Job:
    """A job as its step sees it; what is changed here is saved in the step's transaction."""

    id: str
    kind: str
    arguments: Json
    cursor: Any = None
    done: int = 0
    total: int = 0
    outcomes: list[Json] = field(default_factory=list)
    """Rows added by this step: {"row": id, "outcome": word, …}; kept in their own collection, paged."""
    finished: bool = False
    result: Json | None = None


@dataclass(frozen=True)
class Index:
    collection: str
    keys: Sequence[tuple[str, int]]
    unique: bool = False
    partial: Mapping[str, Any] | None = None


Reaction = Callable[[Any, Event], None]


@dataclass(frozen=True)
class Service:
    """One service. A reaction's name in the inbox is its function's ``__name__``."""

    name: str
    commands: Mapping[Method, Command | Callable[..., Json]]
    queries: Mapping[Method, Callable[[Any, Json], Json]]
    reactions: Mapping[EventType, Sequence[Reaction]] = field(default_factory=dict)
    jobs: Mapping[str, JobKind] = field(default_factory=dict)
    loops: Mapping[str, Loop] = field(default_factory=dict)
    indexes: Sequence[Index] = ()
    show_personal: Callable[[Any, str], list[Json]] | None = None
    """``show(reading, account_id)`` returns what is kept of a person: [{"collection", "id", "content"}]."""
    erase_personal: Callable[[Any, str], int] | None = None
    """``erase(tx, account_id)`` blanks what is kept of a person, returns how many rows; may come twice."""
    invariants: Sequence[Callable[[Any], list[Json]]] = ()
    """``check(reading)`` each returns findings {"check", "subject", "problem"}; empty when all is well."""
