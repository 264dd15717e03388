"""RPC from outside a service or from inside: many calls at once over one connection, each with a timeout."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

import amqp

from contracts.errors import NotFound, Unavailable
from contracts.rpc import Kind, find_method
from plumbing.bus import names, wire
from plumbing.bus.link import LOST, Link, send

ATTEMPTS = 3
"""A command is sent so often at most, with the same id; within the timeout each time."""
log = logging.getLogger(__name__)


class _Call:
    """One call that waits for its answer."""

    __slots__ = ("body", "done", "trouble")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.body: bytes | str | None = None
        self.trouble = ""


class Client:
    """Thread-safe; works in plain threads and on eventlet. ``timeout`` in seconds holds for each sending."""

    def __init__(self, amqp_url: str, timeout: float = 15.0, name: str = "client") -> None:
        self.timeout = timeout
        self._name = name
        self._reply_key = ""
        self._calls: dict[str, _Call] = {}
        self._channel: amqp.Channel | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._link = Link(amqp_url, f"{name} calls", self._prepare, self._lost)

    @property
    def trouble(self) -> str:
        """Return why there is no connection; empty while there is one, or none was tried."""
        return self._link.trouble

    def call(
        self,
        service: str,
        method: str,
        args: Mapping[str, Any] | None = None,
        token: str | None = None,
        command_id: str | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
        address: str = "",
    ) -> Any:
        """Call a method and return its result; a command without answer is sent again with the same id.

        Raises the refusal answered, or Unavailable where nobody answers in time.
        """
        declared = find_method(service, method)
        if declared is None:
            raise NotFound("没有这个方法。", "There is no such method.", method=f"{service}.{method}"[:120])
        headers = {names.CORRELATION_ID: correlation_id or f"cor-{uuid.uuid4().hex}"}
        if token:
            headers[names.TOKEN] = token
        if address:
            headers[names.ADDRESS] = address
        if declared.kind is Kind.COMMAND:
            headers[names.COMMAND_ID] = command_id or f"cmd-{uuid.uuid4().hex}"
        body = {"args": [], "kwargs": dict(args or {})}
        patience = self.timeout if timeout is None else timeout
        for attempt in range(ATTEMPTS):
            try:
                return self._once(f"{service}.{method}", body, headers, patience)
            except _Unanswered as trouble:
                last = trouble
                # a question nobody answered in time is not worth asking again; a command may be done by now
                if not trouble.again or (declared.kind is Kind.QUERY and str(trouble) != BROKEN):
                    break
                log.info("%s.%s, sending %d: %s", service, method, attempt + 1, trouble)
        raise Unavailable(
            "服务暂时没有响应，请稍后再试。", f"{service} does not answer: {last}.", service=service
        ) from None

    def _once(self, key: str, body: Any, headers: Mapping[str, str], patience: float) -> Any:
        deadline = time.monotonic() + patience
        channel = self._connected(deadline)
        call_id = uuid.uuid4().hex
        call = self._calls[call_id] = _Call()
        left = max(0.001, deadline - time.monotonic())
        try:
            message = wire.message(
                body,
                reply_to=self._reply_key,
                correlation_id=call_id,
                expiration=str(int(left * 1000)),
                application_headers=headers,
            )
            try:
                send(channel, message, names.RPC_EXCHANGE, key, mandatory=True)
            except (*LOST, AttributeError):
                raise _Unanswered(BROKEN) from None
            if not call.done.wait(left):
                raise _Unanswered(f"no answer within {patience:g} s")
            if call.body is None:
                raise _Unanswered(call.trouble, again=call.trouble == BROKEN)
            return wire.read_answer(call.body)
        finally:
            self._calls.pop(call_id, None)

    def _connected(self, deadline: float) -> amqp.Channel:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._link.run, name="xinlv-client", daemon=True)
                self._thread.start()
        if self._link.connected.wait(max(0.0, deadline - time.monotonic())):
            channel = self._channel
            if channel is not None:
                return channel
        raise _Unanswered("the broker does not answer", again=False)

    def _prepare(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        # never the queue of a connection before: while the broker believes in that one, it takes every
        # other answer
        key = uuid.uuid4().hex
        queue = f"xinlv.reply-{self._name}-{key}"
        channel.queue_declare(
            queue, durable=False, exclusive=False, auto_delete=True, arguments={"x-expires": 300_000}
        )
        channel.queue_bind(queue, names.RPC_EXCHANGE, key)
        channel.events["basic_return"].add(self._came_back)
        channel.basic_consume(
            queue, no_ack=True, callback=self._answered, on_cancel=lambda _tag: self._link.fail()
        )
        self._reply_key = key
        self._channel = channel

    def _answered(self, message: amqp.Message) -> None:
        call = self._calls.get(message.properties.get("correlation_id", ""))
        if call is not None:
            call.body = message.body
            call.done.set()

    def _came_back(self, _why: Exception, _exchange: str, _key: str, message: amqp.Message) -> None:
        self._end(self._calls.get(message.properties.get("correlation_id", "")), "nobody listens")

    def _lost(self) -> None:
        self._channel = None
        for call in list(self._calls.values()):
            self._end(call, BROKEN)

    @staticmethod
    def _end(call: _Call | None, trouble: str) -> None:
        if call is not None:
            call.trouble = trouble
            call.done.set()

    def close(self) -> None:
        """Close the connection; calls that wait end as unavailable."""
        self._link.close()
        if self._thread is not None:
            self._thread.join(5)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


BROKEN = "the connection broke"


class _Unanswered(Exception):
    """No answer came; ``again`` says whether it makes sense to ask again."""

    def __init__(self, why: str, *, again: bool = True) -> None:
        super().__init__(why)
        self.again = again
