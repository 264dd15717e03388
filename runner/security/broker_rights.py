"""The table of the broker's users in docs/security.md: what each may declare, write to and read from."""

from __future__ import annotations

from contracts.words import SERVICES
from plumbing.bus.topology import describe


def write_broker_rights() -> str:
    """Return the rights as Markdown; the services' are alike, so one stands for all."""
    described = describe({})
    lines = ["| user | host | may declare | may write to | may read from | keys |", "| --- " * 6 + "|"]
    for right in described.rights:
        if right.user in SERVICES[1:]:
            continue
        keys = [
            f"`{topic.exchange}`: `{topic.write}`"
            for topic in described.topic_rights
            if (topic.user, topic.vhost) == (right.user, right.vhost) and topic.write != ".*"
        ]
        cells = [
            "each service, e.g. " + right.user if right.user in SERVICES else right.user, right.vhost,
            *(_code(pattern) for pattern in (right.configure, right.write, right.read)),
            ", ".join(keys).replace("|", "\\|"),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _code(pattern: str) -> str:
    return "nothing" if pattern == "^$" else f"`{pattern}`".replace("|", "\\|")
