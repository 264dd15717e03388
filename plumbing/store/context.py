"""What queries, preparations and loops get: reads, and transactions of the service itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from plumbing.identity.caller import Caller
from plumbing.store.leases import Lease, Leases, require_lease
from plumbing.store.mongo import Document, Store

LOOP_LEASE_SECONDS = 15.0


class Reading:
    """See plumbing.service.Reading."""

    __slots__ = ("caller", "collection", "now", "parts")

    def __init__(self, store: Store, caller: Caller, now: datetime, parts: Any) -> None:
        self.collection: Callable[[str], Collection[Document]] = store.collection
        self.caller = caller
        self.now = now
        self.parts = parts


class Context:
    """See plumbing.service.Context."""

    __slots__ = ("_lease", "_transact", "caller", "collection", "command", "correlation_id", "parts")

    def __init__(
        self, store: Store, caller: Caller, parts: Any, transact: Callable[..., Any], correlation_id: str = ""
    ) -> None:
        self.collection: Callable[[str], Collection[Document]] = store.collection
        self.caller = caller
        self.parts = parts
        self.correlation_id = correlation_id
        self.command = ""
        self._transact = transact
        self._lease: tuple[Leases, Lease] | None = None

    def hold(self, leases: Leases, lease: Lease) -> None:
        """Say under which lease this runs."""
        self._lease = leases, lease

    def keep_lease(self, seconds: float = LOOP_LEASE_SECONDS) -> None:
        """See plumbing.service.Context."""
        if self._lease is not None:
            leases, lease = self._lease
            leases.renew(lease, seconds)

    def keep_lease_in(self, tx: Any) -> None:
        """See plumbing.service.Context."""
        if self._lease is not None:
            require_lease(tx, self._lease[1])

    @property
    def now(self) -> datetime:
        """Return the business time."""
        moment: datetime = self.parts.clock.now()
        return moment

    def transact(self, action: str, run: Callable[[Any], Any], *, correlation_id: str = "") -> Any:
        """Run one transaction as the service itself and return what ``run`` does.

        It is audited under ``action`` when it wrote anything.
        """
        return self._transact(action, run, correlation_id or self.correlation_id)
