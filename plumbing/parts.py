"""What a service is given beside its database: settings, clock, tokens, storage, children, calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from pymongo import MongoClient

from plumbing.clock import Clock, LocalClock, PrimaryClock
from plumbing.identity.keys import Keyring
from plumbing.identity.sealing import Sealing
from plumbing.identity.tokens import Tokens
from plumbing.offload import Offload
from plumbing.settings import Settings
from plumbing.store.history import Retention
from plumbing.store.mongo import connect


class Calls(Protocol):
    """Calls other services as this one; see plumbing.bus.client."""

    def call(self, service: str, method: str, args: dict[str, Any], **options: Any) -> Any:
        """Return the method's result; raises refusals, Unavailable when there is no answer in time."""


@dataclass
class Parts:
    """Everything a service reaches outside its own database."""

    settings: Settings
    clock: Clock
    tokens: Tokens
    sealing: Sealing
    calls: Any
    materials: Any
    offload: Offload = field(default_factory=Offload)
    retention: Retention = field(default_factory=Retention)


def build_parts(
    settings: Settings, client: MongoClient[dict[str, Any]] | None = None, calls: Any = None
) -> Parts:
    """Return the parts of the service that the settings name.

    Raises ValueError in one line that names the variable when a key cannot be used.
    """
    # loaded here because clients of the store alone need no object storage
    from plumbing.materials import connect as connect_materials

    client = client or connect(settings.mongo_url, f"xinlv-{settings.service}")
    return Parts(
        settings=settings,
        clock=LocalClock(client) if settings.clock_offset_allowed else PrimaryClock(client),
        tokens=Tokens(settings.service, Keyring(settings.keyring), settings.signing_key),
        sealing=Sealing(settings.signing_key),
        calls=calls,
        materials=connect_materials(settings),
        retention=Retention.in_days(settings.retention_days),
    )
