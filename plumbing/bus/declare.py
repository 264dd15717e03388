"""Bringing a broker into the described state, and saying what differs from it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from plumbing.bus.management import Management
from plumbing.bus.parts import (
    Binding,
    Difference,
    Exchange,
    Policy,
    Queue,
    Rights,
    Shovel,
    TopicRights,
    Topology,
)
from plumbing.bus.strangers import find_strangers

Change = Callable[[], None]


def apply(
    topology: Topology, management: Management, passwords: Mapping[str, str], *, dry_run: bool = False
) -> list[Difference]:
    """Bring the broker into the described state and return what differed before; may be run again and again.

    ``passwords`` by user; one without is left alone where he exists, and cannot sign in where he did not.
    """
    found = []
    for difference, change in _walk(topology, management, passwords, dry_run):
        found.append(difference)
        if not dry_run and not difference.by_hand:
            change()
    return found


def compare(topology: Topology, management: Management) -> list[Difference]:
    """Return what differs from the description, passwords aside."""
    return [difference for difference, _ in _walk(topology, management, {}, True)]


def _walk(
    topology: Topology, management: Management, passwords: Mapping[str, str], dry_run: bool
) -> Iterator[tuple[Difference, Change]]:
    """Yield each difference with what would remove it; what is yielded later may need what came earlier."""
    known = {vhost["name"] for vhost in management.get("vhosts")}
    for vhost in topology.vhosts:
        if vhost not in known:
            yield Difference("vhost", vhost, "missing"), _put(management, ("vhosts", vhost), {})
    yield from _users(topology, management, passwords)
    yield from _rights(topology, management)
    for vhost in topology.vhosts:
        if dry_run and vhost not in known:
            continue
        yield from _exchanges(topology, management, vhost)
        yield from _queues(topology, management, vhost)
        yield from _bindings(topology, management, vhost)
    for policy in topology.policies:
        yield from _policy(policy, management)
    for shovel in topology.shovels:
        yield from _shovel(shovel, management)
    for difference in find_strangers(topology, management):
        yield difference, _nothing


def _put(management: Management, path: tuple[str, ...], body: Any) -> Change:
    return lambda: management.put(*path, body=body)


def _users(
    topology: Topology, management: Management, passwords: Mapping[str, str]
) -> Iterator[tuple[Difference, Change]]:
    known = {user["name"]: user for user in management.get("users")}
    for name in topology.users:
        user, password = known.get(name), passwords.get(name)
        body = {"password": password, "tags": ""} if password else {"password_hash": "", "tags": ""}
        change = _put(management, ("users", name), body)
        if user is None:
            yield Difference("user", name, "missing"), change
        elif password and not _matches(user, password):
            yield Difference("user", name, "has another password"), change
        elif user["tags"]:
            yield Difference("user", name, f"is tagged {user['tags']}"), change
    if "guest" in known and "guest" not in topology.users:
        yield Difference("user", "guest", "must not exist"), lambda: management.delete("users", "guest")


def _matches(user: Mapping[str, Any], password: str) -> bool:
    """Whether the stored hash, four bytes of salt and the digest of salt and password, is this one's."""
    digests = {
        "rabbit_password_hashing_sha256": hashlib.sha256,
        "rabbit_password_hashing_sha512": hashlib.sha512,
    }
    digest = digests.get(user.get("hashing_algorithm", ""))
    stored = base64.b64decode(user.get("password_hash") or "")
    return digest is not None and digest(stored[:4] + password.encode()).digest() == stored[4:]


def _rights(topology: Topology, management: Management) -> Iterator[tuple[Difference, Change]]:
    known = {(row["vhost"], row["user"]): row for row in management.get("permissions")}
    for right in topology.rights:
        body = {"configure": right.configure, "write": right.write, "read": right.read}
        yield from _compare_rights(
            "rights",
            right,
            known.get((right.vhost, right.user)),
            body,
            ("permissions", right.vhost, right.user),
            management,
        )
    topics = {
        (row["vhost"], row["user"], row["exchange"]): row for row in management.get("topic-permissions")
    }
    for topic in topology.topic_rights:
        body = {"exchange": topic.exchange, "write": topic.write, "read": topic.read}
        row = topics.get((topic.vhost, topic.user, topic.exchange))
        yield from _compare_rights(
            "topic rights", topic, row, body, ("topic-permissions", topic.vhost, topic.user), management
        )


def _compare_rights(
    kind: str,
    right: Rights | TopicRights,
    row: Any,
    body: dict[str, str],
    path: tuple[str, ...],
    management: Management,
) -> Iterator[tuple[Difference, Change]]:
    if row is None or any(row[name] != value for name, value in body.items()):
        what = "missing" if row is None else "differ"
        yield Difference(kind, f"{right.user}@{right.vhost}", what), _put(management, path, body)


def _exchanges(topology: Topology, management: Management, vhost: str) -> Iterator[tuple[Difference, Change]]:
    known = {row["name"]: row for row in management.get("exchanges", vhost)}
    for exchange in topology.exchanges:
        if exchange.vhost != vhost:
            continue
        row = known.get(exchange.name)
        if row is None:
            yield (
                _missing("exchange", exchange),
                _put(
                    management,
                    ("exchanges", vhost, exchange.name),
                    {"type": exchange.type, "durable": True, "auto_delete": False, "arguments": {}},
                ),
            )
        elif (row["type"], row["durable"]) != (exchange.type, True):
            yield Difference("exchange", f"{exchange.name}@{vhost}", "differs", by_hand=True), _nothing


def _queues(topology: Topology, management: Management, vhost: str) -> Iterator[tuple[Difference, Change]]:
    known = {row["name"]: row for row in management.get("queues", vhost)}
    for queue in topology.queues:
        if queue.vhost != vhost:
            continue
        row, arguments = known.get(queue.name), dict(queue.arguments)
        if row is None:
            yield (
                _missing("queue", queue),
                _put(
                    management,
                    ("queues", vhost, queue.name),
                    {"durable": True, "auto_delete": False, "arguments": arguments},
                ),
            )
        # newer brokers write down the type of a classic queue, too
        elif {**row["arguments"], "x-queue-type": row["type"]} != {"x-queue-type": "classic", **arguments}:
            yield Difference("queue", f"{queue.name}@{vhost}", "has other arguments", by_hand=True), _nothing


def _bindings(topology: Topology, management: Management, vhost: str) -> Iterator[tuple[Difference, Change]]:
    declared = {binding for binding in topology.bindings if binding.vhost == vhost}
    ours = {queue.name for queue in topology.queues if queue.vhost == vhost}
    ours |= {exchange.name for exchange in topology.exchanges if exchange.vhost == vhost}
    known = {}
    for row in management.get("bindings", vhost):
        if row["source"]:
            to_exchange = row["destination_type"] == "exchange"
            binding = Binding(vhost, row["source"], row["destination"], row["routing_key"], to_exchange)
            known[binding] = row["properties_key"]
    for binding in sorted(declared - known.keys(), key=str):
        yield (
            Difference("binding", _path(binding), "missing"),
            lambda binding=binding: management.post(
                *_address(binding), body={"routing_key": binding.routing_key}
            ),  # type: ignore[misc]
        )
    for binding in sorted(known.keys() - declared, key=str):
        if binding.destination in ours:
            key = known[binding]
            yield (
                Difference("binding", _path(binding), "not declared"),
                lambda binding=binding, key=key: management.delete(*_address(binding), key),  # type: ignore[misc]
            )


def _path(binding: Binding) -> str:
    return f"{binding.source} -{binding.routing_key}-> {binding.destination}@{binding.vhost}"


def _address(binding: Binding) -> tuple[str, ...]:
    return (
        "bindings",
        binding.vhost,
        "e",
        binding.source,
        "e" if binding.to_exchange else "q",
        binding.destination,
    )


def _policy(policy: Policy, management: Management) -> Iterator[tuple[Difference, Change]]:
    body = {
        "pattern": policy.pattern,
        "apply-to": policy.apply_to,
        "definition": dict(policy.definition),
        "priority": 0,
    }
    row = management.get("policies", policy.vhost, policy.name)
    if row is None or any(row[name] != value for name, value in body.items()):
        what = "missing" if row is None else "differs"
        change = _put(management, ("policies", policy.vhost, policy.name), body)
        yield Difference("policy", f"{policy.name}@{policy.vhost}", what), change


def _shovel(shovel: Shovel, management: Management) -> Iterator[tuple[Difference, Change]]:
    path = ("parameters", "shovel", shovel.vhost, shovel.name)
    row = management.get(*path)
    if row is None or dict(row["value"]) != dict(shovel.value):
        what = "missing" if row is None else "differs"
        body = {"value": dict(shovel.value)}
        yield Difference("shovel", f"{shovel.name}@{shovel.vhost}", what), _put(management, path, body)


def _missing(kind: str, thing: Exchange | Queue) -> Difference:
    return Difference(kind, f"{thing.name}@{thing.vhost}", "missing")


def _nothing() -> None:
    """Nobody but a person may change it."""
