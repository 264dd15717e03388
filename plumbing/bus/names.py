"""What exchanges, queues and headers are called; topology, services and clients all ask here."""

from __future__ import annotations

from typing import Final

RPC_EXCHANGE: Final = "nameko-rpc"
ALL_EVENTS: Final = "competition.events"
"""Every event that outsiders may hear, on the partners' host (and, to feed it, on the inner one)."""
UNHEARD: Final = "events.unheard"
PARTNERS_FEED: Final = "partners.feed"
LEFT_OVER: Final = r"retry\.\d+(ms|s|m)|parking"
"""What all services shared before each had waiting queues of its own."""

HEADER: Final = "nameko."
"""nameko carries a caller's context data in headers of this prefix."""
TOKEN: Final = f"{HEADER}token"
COMMAND_ID: Final = f"{HEADER}command_id"
CORRELATION_ID: Final = f"{HEADER}correlation_id"
ADDRESS: Final = f"{HEADER}address"

NOTE: Final = "xinlv-"
"""A consumer's own notes on a message stand in headers of this prefix."""
TELLER: Final = "xinlv-teller"
ATTEMPTS: Final = "xinlv-attempts"
WAITS: Final = "xinlv-waits"
REASON: Final = "xinlv-reason"
ORIGIN: Final = "xinlv-origin"
PARKED_AT: Final = "xinlv-parked-at"
PARKED_ID: Final = "xinlv-parked-id"

DELIVERY_LIMIT: Final = 50
"""The broker's own backstop for messages that come back again and again."""


def rpc_queue(service: str) -> str:
    """Return the request queue of a service, by nameko's convention."""
    return f"rpc-{service}"


def event_exchange(service: str) -> str:
    """Return the topic exchange of a service's events, by nameko's convention."""
    return f"{service}.events"


def inbox(service: str) -> str:
    """Return the queue in which all events wait that a service reacts to."""
    return f"{service}.inbox"


def parked(service: str) -> str:
    """Return the queue of what a service could not handle."""
    return f"{service}.parked"


def replay_exchange(service: str) -> str:
    """Return the exchange by which a service reaches one inbox, by the inbox's name: to tell it again."""
    return f"{service}.replay"


def retry_exchange(service: str) -> str:
    """Return the exchange by which a service alone reaches its own queues: inbox, waiting, parked."""
    return f"{service}.retry"


def retry_queue(service: str, delay: float) -> str:
    """Return a service's waiting queue of a delay in seconds: ``review.retry.10s``, ``.500ms``."""
    milliseconds = round(delay * 1000)
    if milliseconds % 60_000 == 0:
        return f"{service}.retry.{milliseconds // 60_000}m"
    if milliseconds % 1000 == 0:
        return f"{service}.retry.{milliseconds // 1000}s"
    return f"{service}.retry.{milliseconds}ms"
