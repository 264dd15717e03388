"""Calls of one service to another, as the service itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from plumbing.bus.client import Client
from plumbing.settings import Settings


class Calls:
    """``sign(audience)`` returns this service's token for another one."""

    def __init__(self, settings: Settings, sign: Callable[[str], str]) -> None:
        self._client = Client(settings.amqp_url, settings.rpc_timeout, settings.service or "service")
        self._sign = sign

    def call(
        self, service: str, method: str, args: Mapping[str, Any] | None = None, command_id: str | None = None
    ) -> Any:
        """Call a method of another service in the correlation of what runs now; raises refusals."""
        correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
        return self._client.call(
            service, method, args, self._sign(service), command_id, correlation_id=correlation_id
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
