"""The broker holds what the services declare: exchanges, queues, bindings, users and rights on both hosts."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.events import EventType, find_event
from contracts.words import SERVICES
from desk.check.inspection import Finding, Inspection, NotMade
from plumbing.bus.declare import compare
from plumbing.bus.management import Management, ManagementError
from plumbing.bus.strangers import find_stopped_shovels
from plumbing.bus.topology import CLIENTS, PARTNER, PARTNERS, SHOVEL_USER, describe

TITLE = ("消息拓扑与声明一致", "bindings are as declared")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield what differs between the broker and what the running services say they react to."""
    management = inspection.management()
    wanted: dict[str, list[EventType]] = {}
    for service in SERVICES:
        told = [row["type"] for row in inspection.ask(service, "wanted_events")["events"]]
        kinds = {name: find_event(name) for name in told}
        for name in [name for name, kind in kinds.items() if kind is None]:
            yield Finding(service, f"wants {name}, which these contracts do not know")
        wanted[service] = [kind for kind in kinds.values() if kind is not None]
        inspection.tell(len(told))
    settings = inspection.settings
    operator = settings.broker_management_user
    try:
        partners = _partners(management, operator)
        topology = describe(wanted, delays=settings.retry_delays, operators=(operator,), partners=partners)
        differences = compare(topology, management)
        # a shovel that has just been declared, or lost its connection, takes a moment
        differences += inspection.until_empty(lambda: find_stopped_shovels(topology, management))
    except ManagementError as error:
        raise NotMade(f"消息中间件管理接口 management interface: {error}") from None
    for difference in differences:
        yield Finding(f"{difference.kind} {difference.name}", difference.what)


def _partners(management: Management, operator: str) -> list[str]:
    """Return who subscribes on the partners' host: an installation may have several, named in its secrets.

    What each of them may do there is compared with what is declared for a partner.
    """
    own = {*SERVICES, *CLIENTS, SHOVEL_USER, operator}
    users = {row["user"] for row in management.get("vhosts", PARTNERS, "permissions")} - own
    return sorted({PARTNER, *users})
