"""Runs one service on its database: commands, queries, reactions, jobs, loops; knows of no broker."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo.database import Database

from contracts.errors import NotFound
from contracts.events import Event
from contracts.rpc import Method
from plumbing.identity.caller import Caller, service_caller
from plumbing.service import Loop, Reaction, Service
from plumbing.store import attempts, audit, chain, commands, history, inbox, jobs, outbox
from plumbing.store.abandoned import end_abandoned
from plumbing.store.asking import ask
from plumbing.store.commanding import Commanding
from plumbing.store.context import LOOP_LEASE_SECONDS, Context, Reading
from plumbing.store.ids import new_id
from plumbing.store.inbox import Inbox, Outcome
from plumbing.store.leases import LeaseLost, Leases
from plumbing.store.mongo import Document, Store
from plumbing.store.outbox import Outbox, event_of
from plumbing.store.transactions import Sessions, run_transaction
from plumbing.store.tx import Tx, Work

INDEXES = (
    *commands.INDEXES, *outbox.INDEXES, *inbox.INDEXES, *audit.INDEXES, *jobs.INDEXES, *chain.INDEXES,
    *attempts.INDEXES,
)  # fmt: skip
log = logging.getLogger(__name__)


def _ignore() -> None:
    """Nobody waits to be woken."""


class Executor:
    """``wake`` is called after a commit that left events in the outbox, ``wake_jobs`` one with a job."""

    def __init__(self, service: Service, database: Database[Document], parts: Any) -> None:
        self.service = service
        self.parts = parts
        self.store = Store(database)
        self.sessions = Sessions(self.store)
        self.caller = service_caller(service.name)
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{new_id('x')[-8:]}"
        self.wake: Callable[[], None] = _ignore
        self.wake_jobs: Callable[[], None] = _ignore
        self.outbox = Outbox(self.store, self.sessions)
        self.inbox = Inbox(self.store, self.sessions, self.reactions_to, self._begin_reaction)
        self.attempts = attempts.Attempts(self.store)
        self.leases = Leases(self.store, self.holder)
        self.jobs = jobs.JobRunner(self.store, self.holder, service.jobs, self._transact_step, self.context)
        self.loops: dict[str, Loop] = {
            "abandoned_transactions": Loop(
                lambda context: end_abandoned(self.store), every=3.0, everywhere=True
            ),
            **service.loops,
            "sweep_history": Loop(history.sweep_history, every=3600.0),
            "forget_secrets": Loop(commands.forget_secrets, every=60.0),
        }
        self._commanding = Commanding(self)
        self._reactions = {kind.type: tuple(functions) for kind, functions in service.reactions.items()}

    def ensure_indexes(self) -> None:
        """Make the indexes of the plumbing and of the service."""
        self.store.ensure_indexes((*INDEXES, *self.service.indexes))

    def prepare(self) -> None:
        """Bring the database and this replica to where calls may be taken."""
        self.ensure_indexes()
        self.parts.clock.now()
        for name, loop in self.loops.items():
            if loop.everywhere:
                self.run_loop(name)

    def execute(
        self,
        method: Method,
        args: Mapping[str, Any] | None,
        caller: Caller,
        command_id: str | None = None,
        correlation_id: str = "",
        deadline: float | None = None,
    ) -> dict[str, Any]:
        """Run a command once for its id and return its result as JSON values; a repeat gets the stored one.

        ``deadline`` is in monotonic seconds. Raises refusals; what is not one is a fault of ours.
        """
        return self._commanding.execute(method, args, caller, command_id, correlation_id, deadline)

    def ask(
        self, method: Method, args: Mapping[str, Any] | None, caller: Caller, correlation_id: str = ""
    ) -> dict[str, Any]:
        """Answer a query with JSON values; a look at personal data is written to the audit log."""
        return ask(self, method, args, caller, correlation_id)

    def call(
        self, method: Method, args: Mapping[str, Any] | None, caller: Caller, **options: Any
    ) -> dict[str, Any]:
        """Run the command or answer the query, whichever the method is."""
        if method in self.service.commands:
            return self.execute(method, args, caller, **options)
        return self.ask(method, args, caller, options.get("correlation_id", ""))

    def handle(self, events: Sequence[Event]) -> list[Outcome]:
        """Handle events that came in, each reaction once; an outcome for each event, in order."""
        outcomes = self.inbox.handle(events)
        self.wake()
        self.wake_jobs()
        return outcomes

    def reactions_to(self, event: Event) -> Sequence[Reaction]:
        """Return the functions that react to an event of this type and version."""
        return self._reactions.get(event.kind.type, ())

    def run_job(self, job_id: str) -> Document:
        """Carry a job on to its end and return its description.

        Raises what it was refused with when it fails; NotFound when there is none.
        """
        while True:
            row = self.store.collection("jobs").find_one({"_id": job_id})
            if row is None:
                raise NotFound("没有这个任务。", "There is no such job.")
            if row["state"] in ("done", "failed"):
                return jobs.describe(row)
            if not self.jobs.run_once(job_id):
                time.sleep(0.05)  # another replica holds it

    def run_loop(self, name: str) -> int:
        """Run a loop once where no other replica holds its lease; return how many things it did."""
        if self.loops[name].everywhere:
            return self.loops[name].run(self.context())
        lease = self.leases.acquire(f"loop:{name}", LOOP_LEASE_SECONDS)
        if lease is None:
            return 0
        context = self.context()
        context.hold(self.leases, lease)
        try:
            return self.loops[name].run(context)
        except LeaseLost:
            # another replica has taken over what was left
            log.info("loop_lease_lost: %s", name)
            return 0

    def emitted(self, type: str | None = None) -> list[Event]:
        """Return the events in the outbox, published or not, oldest first; ``type`` may be short."""
        rows = self.store.collection("outbox").find({}, sort=[("_id", 1)])
        return [event_of(row) for row in rows if type in (None, row["type"], row["routing_key"])]

    def context(self, correlation_id: str = "", caller: Caller | None = None) -> Context:
        """Return what runs outside a transaction gets; a command's preparation is told who calls."""
        caller = caller or self.caller
        return Context(self.store, caller, self.parts, self.transact, correlation_id or new_id("cor"))

    def reading(self, caller: Caller | None = None) -> Reading:
        """Return what queries and invariants get."""
        return Reading(self.store, caller or self.caller, self.parts.clock.now(), self.parts)

    def transact(
        self, action: str, run: Callable[[Any], Any], correlation_id: str = "", causation_id: str = ""
    ) -> Any:
        """Run one transaction as the service itself; audited under ``action`` when it wrote anything."""
        now = self.parts.clock.now()
        kept: list[Work] = []

        def body(session: Any) -> Any:
            work = Work(self.store, session)
            tx = Tx(work, self.service.name, self.caller, now, correlation_id or new_id("cor"), causation_id)
            result = run(tx)
            if action and work.changed and not work.audit_rows:
                tx.audit(action, tx.emitted[0].subject if tx.emitted else "", events=len(tx.emitted))
            if tx.emitted:
                self.store.collection("told").insert_one(
                    outbox.told_row(action or causation_id, tx.emitted), session=session
                )
            work.flush()
            kept[:] = [work]
            return result

        result = run_transaction(self.sessions, body)
        self.committed(kept[0] if kept else None)
        return result

    def committed(self, work: Work | None) -> None:
        """Wake who waits for what a transaction left behind."""
        if work is not None and work.outbox_rows:
            self.wake()
        if work is not None and work.job_rows:
            self.wake_jobs()

    def _begin_reaction(self, work: Work, event: Event) -> Tx:
        correlation = event.correlation_id or event.id
        return Tx(work, self.service.name, self.caller, self.parts.clock.now(), correlation, event.id)

    def _transact_step(self, row: Document, run: Callable[[Any], Any]) -> Any:
        return self.transact("", run, row["correlation_id"], row["_id"])
