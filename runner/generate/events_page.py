"""docs/events.md."""

from __future__ import annotations

from contracts.events import EventType, all_events
from contracts.words import SERVICES
from runner.generate.schemas import describe
from runner.generate.tables import cell, field_table

HEAD = """# Events

Written from `contracts/events` by `./xinlv docs`; change the contracts, not this page.

Each event is a CloudEvents 1.0 document in JSON on the topic exchange of the service that tells it, under
the routing key shown. `sequence` is the subject's version when it was told: it increases, has gaps and may
repeat. An event that *copies* carries the full state of its subject; the one with the higher `sequence`
counts. Consumers ignore fields they do not know. Internal events never leave the inner virtual host; partner
and public ones also reach the virtual host `partners`, on the same exchanges and on `competition.events`.
Schemas lie in `contracts/events/schemas`, samples in `contracts/events/samples`.
"""


def write_events_page() -> str:
    """Return the page: one table of all types, then each with its fields."""
    kinds = all_events()
    lines = [HEAD, "| event | routing key | audience | subject | copies | what happened |"]
    lines.append("|---|---|---|---|---|---|")
    for kind in kinds:
        lines.append(
            f"| [{_title(kind)}](#{_anchor(kind)}) | `{kind.routing_key}` | {kind.audience} | {kind.subject} "
            f"| {'yes' if kind.copies else ''} | {cell(kind.summary)} |"
        )
    for service in SERVICES:
        lines.append(f"\n## {service}\n\nExchange `{service}.events`, source `urn:xinlv:{service}`.")
        lines += [_section(kind) for kind in kinds if kind.service == service]
    return "\n".join(lines).rstrip() + "\n"


def _section(kind: EventType) -> str:
    described = describe(kind.data, closed=False)
    notes = [f"`{kind.type}` · schema `{kind.dataschema}` · {kind.audience} · subject: {kind.subject}", ""]
    notes += [kind.summary, ""]
    if described.get("description"):
        notes += [described["description"], ""]
    return f"\n### {_title(kind)}\n\n" + "\n".join(notes) + "\n" + field_table(described).rstrip()


def _title(kind: EventType) -> str:
    return kind.name if kind.version == 1 else f"{kind.name} v{kind.version}"


def _anchor(kind: EventType) -> str:
    return _title(kind).lower().replace(" ", "-")
