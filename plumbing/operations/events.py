"""What a service told, what it wants to hear, and what of that it has not handled."""

from __future__ import annotations

from typing import Any

from contracts.events import all_events
from plumbing.operations.records import between
from plumbing.service import Json, Reading, Service
from plumbing.store.paging import page
from plumbing.store.plain import from_text


def list_emitted(view: Reading, args: Json) -> Json:
    """Return events this service told, in the order of their making."""
    query: dict[str, Any] = between("created", args)
    if args["subject"]:
        query["subject"] = args["subject"]
    if args["type"]:
        query["type"] = {"$in": types_of(args["type"])}
    return page(view.collection("outbox"), query, args, _emitted)


def types_of(name: str) -> list[str]:
    """Return the types, of whatever version, that a name or a full type stands for; those have an index."""
    return [kind.type for kind in all_events() if kind.routing_key == name] or [name]


def wanted_events(service: Service, _view: Reading, _args: Json) -> Json:
    """Return which event types this service reacts to, and how."""
    wanted = [
        {"type": kind.type, "reactions": [reaction.__name__ for reaction in reactions]}
        for kind, reactions in service.reactions.items()
        if reactions
    ]
    return {"events": sorted(wanted, key=lambda entry: str(entry["type"]))}


def list_unhandled(service: Service, view: Reading, args: Json) -> Json:
    """Return those of the given events that this service wants and has no inbox row of."""
    names = {
        kind.type: [reaction.__name__ for reaction in found] for kind, found in service.reactions.items()
    }
    keys = [
        f"{event['event_id']}|{name}" for event in args["events"] for name in names.get(event["type"], ())
    ]
    done = {row["_id"] for row in view.collection("inbox").find({"_id": {"$in": keys}}, {"_id": 1})}
    unhandled = []
    for event in args["events"]:
        missing = [name for name in names.get(event["type"], ()) if f"{event['event_id']}|{name}" not in done]
        if missing:
            unhandled.append({**event, "reactions": missing})
    return {"unhandled": unhandled}


def _emitted(row: Json) -> Json:
    return {
        "event_id": row["_id"],
        "type": row["type"],
        "subject": row["subject"],
        "sequence": row["sequence"],
        "correlation_id": from_text(row["body"])["correlationid"],
        "created_at": row["created"],
        "published_at": row["published"],
    }
