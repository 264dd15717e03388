"""The RPC server: nameko's protocol, answered from contracts by the executor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import amqp
import eventlet
import structlog
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from nameko.extensions import Entrypoint

from contracts.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn, Refusal, Unavailable
from contracts.rpc import PUBLIC, Kind, Method
from plumbing.bus import names, wire
from plumbing.bus.link import LOST, Link, send
from plumbing.bus.runtime import Runtime
from plumbing.identity.caller import ANONYMOUS, Caller
from plumbing.store.ids import new_id
from plumbing.web import metrics

LONGEST_KEY = 200
log = structlog.get_logger(__name__)


class RpcServer(Entrypoint):
    """Takes calls from ``rpc-<service>``, no more at once than there are workers; acks after replying."""

    def __init__(self, runtime: Runtime, **options: Any) -> None:
        super().__init__(**options)
        self._runtime = runtime
        self._methods = runtime.methods
        self._workers = runtime.settings.workers
        self._pool = GreenPool(self._workers)
        self._tag = f"{runtime.holder}-rpc"
        self._channel: amqp.Channel | None = None
        self._link = Link(runtime.settings.amqp_url, f"{runtime.holder} rpc", self._prepare, self._lost)
        runtime.links["rpc"] = self._link
        self._ended = Event()

    def start(self) -> None:
        """Begin as soon as the service is ready."""
        self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Take no more calls, answer those taken, then leave."""
        cancelled = Event()

        def cancel(_connection: amqp.Connection) -> None:
            if self._channel is not None:
                self._channel.basic_cancel(self._tag)
            cancelled.send()

        if self._link.is_open:
            self._link.order(cancel)
            with eventlet.Timeout(5, False):
                cancelled.wait()
        with eventlet.Timeout(self._runtime.grace, False):
            self._pool.waitall()
        self._link.close()
        with eventlet.Timeout(5, False):
            self._ended.wait()

    def kill(self) -> None:
        """Leave at once."""
        self._link.close()

    def _run(self) -> None:
        try:
            if self._runtime.wait_ready(self._link):
                self._link.run()
        finally:
            self._ended.send()

    def _prepare(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        channel.basic_qos(0, self._workers, False)
        self._channel = channel
        channel.basic_consume(
            names.rpc_queue(self._runtime.service.name), self._tag, callback=self._taken,
            on_cancel=lambda _tag: self._link.fail(),
        )  # fmt: skip

    def _lost(self) -> None:
        self._channel = None

    def _taken(self, message: amqp.Message) -> None:
        self._pool.spawn_n(self._serve, message)

    def _serve(self, message: amqp.Message) -> None:
        started = time.monotonic()
        properties = message.properties
        headers = properties.get("application_headers") or {}
        name = message.delivery_info["routing_key"].rpartition(".")[2]
        method = self._methods.get(name)
        label = method.name if method else "unknown"
        metrics.RPC_BUSY.inc()
        try:
            correlation_id = _text(headers, names.CORRELATION_ID) or new_id("cor")
            structlog.contextvars.bind_contextvars(correlation_id=correlation_id, method=label)
            outcome, reply = self._answer(name, method, message, headers, correlation_id)
            metrics.RPC.labels(label, outcome).inc()
            metrics.RPC_SECONDS.labels(label).observe(time.monotonic() - started)
            self._settle(message, reply)
        finally:
            metrics.RPC_BUSY.dec()

    def _answer(
        self,
        name: str,
        method: Method | None,
        message: amqp.Message,
        headers: Mapping[str, Any],
        correlation_id: str,
    ) -> tuple[str, amqp.Message]:
        """Return the outcome's word and the reply; nothing that goes wrong leaves here as an exception."""
        properties = message.properties
        correlation = (
            {"correlation_id": properties["correlation_id"]} if "correlation_id" in properties else {}
        )
        try:
            if method is None:
                raise NotFound("没有这个方法。", "There is no such method.", method=name[:80])
            caller = self._caller(method, headers)
            kwargs = wire.read_request(message)
            if method.kind is Kind.COMMAND:
                command_id = _command_id(headers, properties)
                result = self._runtime.executor.execute(
                    method, kwargs, caller, command_id=command_id, correlation_id=correlation_id
                )
            else:
                result = self._runtime.executor.ask(method, kwargs, caller, correlation_id=correlation_id)
            return "ok", wire.message(wire.answer(result), **correlation)
        except Refusal as refusal:
            log.info("rpc_refused", code=refusal.code, refusal=refusal.en)
            return refusal.code, wire.message(wire.refuse(refusal), **correlation)
        except Exception:
            error_id = new_id("err")
            log.exception("rpc_failed", error_id=error_id)
            failure = Unavailable(
                f"服务内部出错，请联系管理员，编号 {error_id}。",
                f"The service failed; tell the operators this number: {error_id}.",
                error_id=error_id,
            )
            return "Failed", wire.message(wire.refuse(failure), **correlation)

    def _caller(self, method: Method, headers: Mapping[str, Any]) -> Caller:
        """Return who calls.

        Raises NotSignedIn or NotAllowed where the contract does not let him.
        """
        token = _text(headers, names.TOKEN, 8_000)
        address = _text(headers, names.ADDRESS)
        if method.roles is PUBLIC:
            try:
                caller = self._runtime.verify(token) if token else ANONYMOUS
            except NotSignedIn:
                caller = ANONYMOUS
        elif not token:
            raise NotSignedIn("请先登录。", "Sign in first.")
        else:
            caller = self._runtime.verify(token)
            if not method.allows(caller.roles):
                raise NotAllowed("您没有办理此事的权限。", "You do not have the role that this needs.")
        return caller if not address else self._runtime.at(caller, address)

    def _settle(self, message: amqp.Message, reply: amqp.Message) -> None:
        """Send the reply, ack the call; where the connection broke, somebody gets the call again."""
        channel = message.channel
        reply_to = message.properties.get("reply_to")
        try:
            if reply_to:
                send(channel, reply, names.RPC_EXCHANGE, reply_to)
            channel.basic_ack(message.delivery_tag)
        except (*LOST, AttributeError):
            log.info("reply_lost")


def _text(headers: Mapping[str, Any], name: str, most: int = LONGEST_KEY) -> str:
    value = headers.get(name)
    return value if isinstance(value, str) and len(value) <= most else ""


def _command_id(headers: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """Return the command's id; a stock client without one gets one that a redelivery shares."""
    given = headers.get(names.COMMAND_ID)
    if given is None:
        return f"call:{properties.get('correlation_id') or new_id('cmd')}"
    if not isinstance(given, str) or not given:
        raise InvalidInput.of("command_id", "identifier", "不是有效的标识", "Not a valid identifier.")
    return given
