"""What the broker holds beside what is declared and nobody may have put there, and whether shovels run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plumbing.bus import names
from plumbing.bus.management import Management, ManagementError
from plumbing.bus.parts import Difference, Topology
from plumbing.bus.topology import INNER, REPLY_KEYS

REPLIES = re.compile(r"(xinlv|rpc)\.reply-")
NOT_DECLARED = "not declared"


def find_strangers(topology: Topology, management: Management) -> Iterator[Difference]:
    """Yield rights, policies and bindings of the inner host that are not declared, and what is left over.

    What to do about them a person says. On the partners' host outsiders declare what they like; a user
    without rights on the inner host is none.
    """
    if management.get("vhosts", INNER) is None:
        return
    yield from _rights(topology, management)
    declared = {policy.name for policy in topology.policies if policy.vhost == INNER}
    for row in management.get("policies", INNER):
        if row["name"] not in declared:
            yield Difference("policy", f"{row['name']}@{INNER}", NOT_DECLARED, by_hand=True)
    yield from _bindings(topology, management)
    yield from _left_over(topology, management)


def find_stopped_shovels(topology: Topology, management: Management) -> list[Difference]:
    """Return the declared shovels that do not run, whatever their parameters say.

    Raises ManagementError where the broker cannot tell.
    """
    stopped = []
    for shovel in topology.shovels:
        rows = management.get("shovels", shovel.vhost)
        if rows is None:
            raise ManagementError("shovels: the plugin rabbitmq_shovel_management is not enabled")
        states = {row["state"] for row in rows if row["name"] == shovel.name}
        if states != {"running"}:
            what = f"does not run: {', '.join(sorted(states)) or 'nobody runs it'}"
            stopped.append(Difference("shovel", f"{shovel.name}@{shovel.vhost}", what))
    return stopped


def _rights(topology: Topology, management: Management) -> Iterator[Difference]:
    # whoever asks has rights of his own, declared or not
    declared = {right.user for right in topology.rights if right.vhost == INNER}
    declared.add(management.get("whoami")["name"])
    for row in management.get("permissions"):
        if row["vhost"] == INNER and row["user"] not in declared:
            yield Difference("rights", f"{row['user']}@{INNER}", NOT_DECLARED, by_hand=True)
    exchanges = {exchange.name for exchange in topology.exchanges if exchange.vhost == INNER}
    narrowed = {(right.user, right.exchange) for right in topology.topic_rights if right.vhost == INNER}
    for row in management.get("topic-permissions"):
        found = (row["user"], row["exchange"])
        if row["vhost"] == INNER and row["exchange"] in exchanges and found not in narrowed:
            name = f"{row['user']}@{INNER} {row['exchange']}"
            yield Difference("topic rights", name, NOT_DECLARED, by_hand=True)


def _bindings(topology: Topology, management: Management) -> Iterator[Difference]:
    """Yield what leads out of our exchanges to where nothing of ours is; only answers to callers may."""
    exchanges = {exchange.name for exchange in topology.exchanges if exchange.vhost == INNER}
    ours = exchanges | {queue.name for queue in topology.queues if queue.vhost == INNER}
    for row in management.get("bindings", INNER):
        source, destination, key = row["source"], row["destination"], row["routing_key"]
        if source not in exchanges or destination in ours:
            continue
        answers = REPLIES.match(destination) and re.fullmatch(REPLY_KEYS, key)
        if source != names.RPC_EXCHANGE or not answers:
            path = f"{source} -{key}-> {destination}@{INNER}"
            yield Difference("binding", path, NOT_DECLARED, by_hand=True)


def _left_over(topology: Topology, management: Management) -> Iterator[Difference]:
    for left in topology.left_over:
        for kind in ("exchange", "queue"):
            for row in management.get(f"{kind}s", left.vhost):
                if re.fullmatch(left.pattern, row["name"]):
                    name, what = f"{row['name']}@{left.vhost}", "left over; delete it when it is empty"
                    yield Difference(kind, name, what, by_hand=True)
