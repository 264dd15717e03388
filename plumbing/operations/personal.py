"""What a service keeps of one person: shown whole to registration, which exports it, and blanked for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.errors import NotAllowed
from contracts.events import Event
from contracts.rpc.common_shapes import MOST_PERSONAL
from plumbing.service import Json, Reading, Service
from plumbing.store.erasures import mark_erased
from plumbing.store.plain import to_plain

KEEPER = "service:registration"


def personal_data(service: Service, view: Reading, args: Json) -> Json:
    """Return every record that names the account; registration alone may ask."""
    if view.caller.subject != KEEPER:
        raise NotAllowed("只有登记服务可以汇总个人信息。", "Only registration gathers personal data.")
    found = service.show_personal(view, args["account_id"]) if service.show_personal else []
    shown = [
        {"collection": row["collection"], "id": str(row["id"]), "content": to_plain(row["content"])}
        for row in found[:MOST_PERSONAL]
    ]
    return {"records": shown, "truncated": len(found) > MOST_PERSONAL}


def forgetting(service: Service) -> Callable[[Any, Event], None]:
    """Return the service's reaction to an erasure."""

    def forget_person(tx: Any, event: Event) -> None:
        """Mark the account for good, then blank what is kept of it."""
        data = event.payload()
        mark_erased(tx, data["account_id"], data["erased_at"])
        rows = service.erase_personal(tx, data["account_id"]) if service.erase_personal else 0
        tx.audit("forget_person", data["account_id"], rows=rows)

    return forget_person
