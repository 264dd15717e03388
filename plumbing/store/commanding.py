"""Executing commands: once for each id, everything they write in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from contracts.errors import NotFound, Refusal
from contracts.rpc import Method
from plumbing.identity.caller import ANONYMOUS, Caller
from plumbing.service import Command
from plumbing.store import audit
from plumbing.store.commands import Commands
from plumbing.store.guarding import check_caller, database_refusals, load_arguments
from plumbing.store.ids import new_id
from plumbing.store.mongo import Document
from plumbing.store.plain import from_text, to_text
from plumbing.store.sharing import Ended, Sharing
from plumbing.store.transactions import Abort, run_transaction
from plumbing.store.tx import Tx, Work

if TYPE_CHECKING:
    from plumbing.store.executor import Executor

EPOCH = datetime.fromtimestamp(0, UTC)
LONGEST_TRY = 2.0
"""For so many seconds a shared transaction is tried again when the database asks for it."""


class Commanding:
    """The commanding side of an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._store = executor.store
        self._commands = Commands(executor.store, executor.parts.sealing)
        self._sharing = Sharing(self._together, self._alone)
        self._entries = {
            method.full_name: entry if isinstance(entry, Command) else Command(entry)
            for method, entry in executor.service.commands.items()
        }

    def execute(
        self,
        method: Method,
        args: Mapping[str, Any] | None,
        caller: Caller,
        command_id: str | None,
        correlation_id: str,
        deadline: float | None,
    ) -> dict[str, Any]:
        """See Executor.execute."""
        check_caller(method, caller)
        loaded = load_arguments(method, args)
        entry = self._entries.get(method.full_name)
        if entry is None:
            raise NotFound("没有这项操作。", f"{self._executor.service.name} does not do {method.full_name}.")
        command_id = command_id or new_id("cmd")
        key = Commands.key(caller, command_id)
        if not correlation_id:
            # an id that nobody sent is seen in logs and audit rows; see commands.shown_key
            correlation_id = new_id("cor") if caller.subject == ANONYMOUS.subject else command_id
        call = _Call(method, entry, loaded, caller, key, correlation_id, deadline)
        with database_refusals():
            if entry.guard is not None:
                entry.guard(self._executor.context(correlation_id, caller), dict(loaded))
            call.fingerprint = self._commands.fingerprint(method.full_name, loaded)
            return self._run(call)

    def _run(self, call: _Call) -> dict[str, Any]:
        prepare = call.entry.prepare
        if prepare is not None:
            # preparing may cost much or call others, so a repeat must not do it again
            stored = self._stored(call)
            if stored:
                return stored[0]
        try:
            if prepare is not None:
                context = self._executor.context(call.correlation_id, call.caller)
                context.command = call.key
                call.facts = (prepare(context, dict(call.args)),)
            result = self._transact(call)
        except Exception:
            # Looking first would cost every command a round trip. A repeat comes to the same end by
            # colliding: with its own row, or with the state that the first run left.
            stored = self._stored(call, newest=True)
            if stored is None:
                raise
            result = stored[0]
        if not call.dry_run:
            self._commands.remember(call.key)
        return result

    def _stored(self, call: _Call, *, newest: bool = False) -> tuple[dict[str, Any]] | None:
        if call.dry_run:
            return None
        return self._commands.find(call.key, call.method.full_name, call.fingerprint, newest=newest)

    def _transact(self, call: _Call) -> dict[str, Any]:
        call.now = self._executor.parts.clock.now()
        if call.entry.small and not call.dry_run:
            return self._sharing.run(call)
        return self._alone(call)

    def _alone(self, call: _Call) -> dict[str, Any]:
        kept: list[Work] = []

        def body(session: Any) -> dict[str, Any]:
            work = Work(self._store, session)
            result, row = self._perform(work, call)
            self._store.collection("commands").insert_one(row, session=session)
            work.flush()
            kept[:] = [work]
            return result

        result = run_transaction(self._executor.sessions, body, deadline=call.deadline)
        self._executor.committed(kept[0] if kept else None)
        return result

    def _together(self, calls: Sequence[_Call]) -> list[Ended[dict[str, Any]] | None]:
        """Run calls in one transaction; see Sharing. Who is refused must have written nothing."""
        kept: list[Work] = []

        def body(session: Any) -> list[Ended[dict[str, Any]] | None]:
            work = Work(self._store, session)
            ends: list[Ended[dict[str, Any]] | None] = []
            rows: list[Document] = []
            begun: set[str] = set()
            for call in calls:
                # a repeat would collide only in the end, when all of them have run in vain
                if call.key in begun or self._commands.was_done(call.key):
                    ends.append(None)
                    continue
                before = work.written
                try:
                    result, row = self._perform(work, call)
                except (PyMongoError, Abort):
                    raise
                except Exception as error:
                    if work.written != before:
                        raise
                    ends.append(Ended(error=_unbound(error)))
                else:
                    begun.add(call.key)
                    ends.append(Ended(result))
                    rows.append(row)
            if rows:
                self._store.collection("commands").insert_many(rows, session=session)
            work.flush()
            kept[:] = [work]
            return ends

        until = min([time.monotonic() + LONGEST_TRY, *(call.deadline for call in calls if call.deadline)])
        ends = run_transaction(self._executor.sessions, body, deadline=until)
        self._executor.committed(kept[0])
        return ends

    def _perform(self, work: Work, call: _Call) -> tuple[dict[str, Any], Document]:
        """Run the command's function in a transaction; return its result and the row that will keep it."""
        command_id = call.key.split("|", 1)[1]
        place = len(work.audit_rows)
        tx = Tx(work, self._executor.service.name, call.caller, call.now, call.correlation_id, command_id)
        text = to_text(call.entry.run(tx, dict(call.args), *call.facts))
        result: dict[str, Any] = from_text(text)
        if call.dry_run:
            raise Abort(result)
        about = tx.emitted[0].subject if tx.emitted else audit.subject_of(call.args, result)
        details = {"command": call.key, "events": len(tx.emitted)}
        reason = call.args.get("reason") or ""
        own = audit.row(
            call.now, call.caller, call.method.name, about, reason, call.correlation_id, details
        )  # fmt: skip
        work.audit_rows.insert(place, own)
        row = self._commands.row(
            call.key, call.method.full_name, call.fingerprint, text, tx.emitted, own["_id"], call.now,
            call.entry.secret,
        )  # fmt: skip
        return result, row


def _unbound(error: Exception) -> Exception:
    """A refusal without the frames it came from, which hold the whole batch; a fault's are wanted."""
    return error.with_traceback(None) if isinstance(error, Refusal) else error


@dataclass(eq=False)
class _Call:
    """One call of a command."""

    method: Method
    entry: Command
    args: dict[str, Any]
    caller: Caller
    key: str
    correlation_id: str
    deadline: float | None
    fingerprint: bytes = b""
    facts: tuple[Any, ...] = ()
    now: datetime = EPOCH

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be kept."""
        return bool(self.args.get("dry_run"))
