"""Executing commands: once for each id, everything they write in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from contracts.errors import NotFound
from contracts.rpc import Method
from plumbing.identity.caller import ANONYMOUS, Caller
from plumbing.service import Command
from plumbing.store import audit
from plumbing.store.commands import Commands
from plumbing.store.guarding import check_caller, database_refusals, load_arguments
from plumbing.store.ids import new_id
from plumbing.store.plain import from_text, to_text
from plumbing.store.transactions import Abort, run_transaction
from plumbing.store.tx import Tx, Work

if TYPE_CHECKING:
    from plumbing.store.executor import Executor


class Commanding:
    """The commanding side of an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._store = executor.store
        self._commands = Commands(executor.store, executor.parts.sealing)
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
        call = _Call(method, loaded, caller, key, correlation_id, deadline)
        with database_refusals():
            if entry.guard is not None:
                entry.guard(self._executor.context(correlation_id, caller), dict(loaded))
            call.fingerprint = self._commands.fingerprint(method.full_name, loaded)
            return self._run(entry, call)

    def _run(self, entry: Command, call: _Call) -> dict[str, Any]:
        arguments: tuple[Any, ...] = ()
        if entry.prepare is not None:
            # preparing may cost much or call others, so a repeat must not do it again
            stored = self._stored(call)
            if stored:
                return stored[0]
        try:
            if entry.prepare is not None:
                context = self._executor.context(call.correlation_id, call.caller)
                context.command = call.key
                arguments = (entry.prepare(context, dict(call.args)),)
            return self._transact(entry, call, arguments)
        except Exception:
            # Looking first would cost every command a round trip. A repeat comes to the same end by
            # colliding: with its own row, or with the state that the first run left.
            stored = self._stored(call, newest=True)
            if stored is None:
                raise
            return stored[0]

    def _stored(self, call: _Call, *, newest: bool = False) -> tuple[dict[str, Any]] | None:
        if call.dry_run:
            return None
        return self._commands.find(call.key, call.method.full_name, call.fingerprint, newest=newest)

    def _transact(self, entry: Command, call: _Call, facts: tuple[Any, ...]) -> dict[str, Any]:
        executor = self._executor
        now = executor.parts.clock.now()
        kept: list[Work] = []

        def body(session: Any) -> dict[str, Any]:
            work = Work(self._store, session)
            tx = Tx(
                work, executor.service.name, call.caller, now, call.correlation_id, call.key.split("|", 1)[1]
            )
            text = to_text(entry.run(tx, dict(call.args), *facts))
            result: dict[str, Any] = from_text(text)
            if call.dry_run:
                raise Abort(result)
            about = tx.emitted[0].subject if tx.emitted else audit.subject_of(call.args, result)
            details = {"command": call.key, "events": len(tx.emitted)}
            reason = call.args.get("reason") or ""
            own = audit.row(
                now, call.caller, call.method.name, about, reason, call.correlation_id, details
            )  # fmt: skip
            work.audit_rows.insert(0, own)
            row = self._commands.row(
                call.key, call.method.full_name, call.fingerprint, text, tx.emitted, own["_id"], now,
                entry.secret,
            )  # fmt: skip
            self._store.collection("commands").insert_one(row, session=session)
            work.flush()
            kept[:] = [work]
            return result

        result = run_transaction(executor.sessions, body, deadline=call.deadline)
        executor.committed(kept[0] if kept else None)
        return result


class _Call:
    """One call of a command."""

    __slots__ = ("args", "caller", "correlation_id", "deadline", "dry_run", "fingerprint", "key", "method")

    def __init__(
        self,
        method: Method,
        args: dict[str, Any],
        caller: Caller,
        key: str,
        correlation_id: str,
        deadline: float | None,
    ) -> None:
        self.method = method
        self.args = args
        self.caller = caller
        self.key = key
        self.correlation_id = correlation_id
        self.deadline = deadline
        self.dry_run = bool(args.get("dry_run"))
        self.fingerprint = b""
