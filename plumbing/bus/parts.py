"""The kinds of things a broker holds, as plain values; plumbing.bus.topology says which there must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exchange:
    vhost: str
    name: str
    type: str = "topic"


@dataclass(frozen=True)
class Queue:
    vhost: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Binding:
    """From an exchange to a queue, or to another exchange."""

    vhost: str
    source: str
    destination: str
    routing_key: str
    to_exchange: bool = False


@dataclass(frozen=True)
class Rights:
    """Regular expressions over names of exchanges and queues."""

    vhost: str
    user: str
    configure: str
    write: str
    read: str


@dataclass(frozen=True)
class TopicRights:
    """Regular expressions over routing keys of one topic exchange."""

    vhost: str
    user: str
    exchange: str
    write: str
    read: str


@dataclass(frozen=True)
class Policy:
    vhost: str
    name: str
    pattern: str
    definition: Mapping[str, Any]
    apply_to: str = "queues"


@dataclass(frozen=True)
class Shovel:
    vhost: str
    name: str
    value: Mapping[str, Any]


@dataclass(frozen=True)
class LeftOver:
    """Exchanges and queues of earlier releases, by a regular expression: told, never removed unasked."""

    vhost: str
    pattern: str


@dataclass(frozen=True)
class Topology:
    """Everything the broker must hold; ``users`` are names, passwords come when it is applied."""

    vhosts: tuple[str, ...]
    users: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    rights: tuple[Rights, ...]
    topic_rights: tuple[TopicRights, ...]
    policies: tuple[Policy, ...]
    shovels: tuple[Shovel, ...]
    left_over: tuple[LeftOver, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One thing that is not as described; ``by_hand`` where changing it would lose messages."""

    kind: str
    name: str
    what: str
    by_hand: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.what}" + (" (change it by hand)" if self.by_hand else "")
