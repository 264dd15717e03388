"""What must exist on the broker: both virtual hosts, users and rights, as a pure description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contracts.events import EventType, all_events
from contracts.words import SERVICES, Audience
from plumbing.bus import names, retries
from plumbing.bus.parts import (
    Binding,
    Exchange,
    LeftOver,
    Policy,
    Queue,
    Rights,
    Shovel,
    TopicRights,
    Topology,
)
from plumbing.operations import with_common_reactions
from plumbing.service import Service

INNER: Final = "xinlv"
PARTNERS: Final = "partners"
SHOVEL_USER: Final = "shovel"
SITE: Final = "site"
CLIENTS: Final = ("desk", SITE)
PARTNER: Final = "partner"
REQUEST_MILLISECONDS: Final = 60_000
NEVER: Final = "^$"
REPLY_KEYS: Final = "^[0-9a-f-]{32,36}$"
"""Reply queues are bound by random keys; whoever could bind another key would read others' calls."""
QUORUM: Final = {"x-queue-type": "quorum"}


def wanted_by(services: Iterable[Service]) -> dict[str, list[EventType]]:
    """Return which events each service reacts to, the ones common to all services included."""
    return {
        service.name: [kind for kind, found in with_common_reactions(service).reactions.items() if found]
        for service in services
    }


def describe(
    wanted: Mapping[str, Sequence[EventType]],
    *,
    delays: Sequence[float] = retries.DELAYS,
    clients: Sequence[str] = CLIENTS,
    partners: Sequence[str] = (PARTNER,),
    operators: Sequence[str] = (),
) -> Topology:
    """Describe both hosts for services that want these events; ``delays`` in seconds name the waiting queues.

    Of several ``partners`` none reaches a queue that is named ``<another>.…``, or that nameko names for a
    service of that name. ``operators`` are users that exist already and get every right on both hosts, as
    declaring shovels needs.
    """
    return Topology(
        vhosts=(INNER, PARTNERS),
        users=(*SERVICES, *clients, *partners, SHOVEL_USER),
        exchanges=tuple(_exchanges()),
        queues=tuple(_queues(delays)),
        bindings=tuple(_bindings(wanted, delays)),
        rights=tuple(_rights(clients, partners, operators)),
        topic_rights=tuple(_topic_rights(clients)),
        # a policy, so that the queue itself is just what a stock nameko service would declare
        policies=(Policy(INNER, "rpc-requests", "^rpc-", {"message-ttl": REQUEST_MILLISECONDS}),),
        shovels=(
            Shovel(
                INNER,
                "partners",
                {
                    # named users over the broker's own inner connection: no password, no address in here
                    "src-protocol": "amqp091",
                    "src-uri": f"amqp://{SHOVEL_USER}@/{INNER}",
                    "src-queue": names.PARTNERS_FEED,
                    "dest-protocol": "amqp091",
                    "dest-uri": f"amqp://{SHOVEL_USER}@/{PARTNERS}",
                    "ack-mode": "on-confirm",
                    "reconnect-delay": 2,
                    "src-delete-after": "never",
                },
            ),
        ),
        left_over=(LeftOver(INNER, names.LEFT_OVER),),
    )


def _exchanges() -> Iterable[Exchange]:
    yield Exchange(INNER, names.RPC_EXCHANGE)
    for vhost in (INNER, PARTNERS):
        yield Exchange(vhost, names.ALL_EVENTS)
        for service in SERVICES:
            yield Exchange(vhost, names.event_exchange(service))
    for service in SERVICES:
        yield Exchange(INNER, names.replay_exchange(service))
        yield Exchange(INNER, names.retry_exchange(service), "direct")


def _queues(delays: Sequence[float]) -> Iterable[Queue]:
    for service in SERVICES:
        yield Queue(INNER, names.rpc_queue(service))
        yield Queue(
            INNER,
            names.inbox(service),
            {
                **QUORUM,
                "x-delivery-limit": names.DELIVERY_LIMIT,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": names.parked(service),
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )
        # looking at what is parked returns it, which counts as a delivery
        yield Queue(INNER, names.parked(service), {**QUORUM, "x-delivery-limit": 1_000_000_000})
        for delay in delays:
            yield Queue(
                INNER,
                names.retry_queue(service, delay),
                {
                    **QUORUM,
                    "x-message-ttl": round(delay * 1000),
                    "x-dead-letter-exchange": "",
                    # a fixed key, so that no key of the message, nor its CC or BCC, leads it anywhere else
                    "x-dead-letter-routing-key": names.inbox(service),
                    "x-dead-letter-strategy": "at-least-once",
                    "x-overflow": "reject-publish",
                },
            )
    yield Queue(INNER, names.PARTNERS_FEED, QUORUM)
    yield Queue(INNER, names.UNHEARD, {"x-max-length": 1000, "x-message-ttl": 3_600_000})


def _bindings(wanted: Mapping[str, Sequence[EventType]], delays: Sequence[float]) -> Iterable[Binding]:
    for service in SERVICES:
        yield Binding(INNER, names.RPC_EXCHANGE, names.rpc_queue(service), f"{service}.*")
        for kind in wanted.get(service, ()):
            yield Binding(INNER, kind.exchange, names.inbox(service), kind.routing_key)
        for vhost in (INNER, PARTNERS):
            yield Binding(vhost, names.event_exchange(service), names.ALL_EVENTS, "#", to_exchange=True)
        waiting = [names.retry_queue(service, delay) for delay in delays]
        for queue in (names.inbox(service), names.parked(service), *waiting):
            yield Binding(INNER, names.retry_exchange(service), queue, queue)
        for teller in SERVICES:
            yield Binding(INNER, names.replay_exchange(teller), names.inbox(service), names.inbox(service))
    heard = {kind.type for kinds in wanted.values() for kind in kinds}
    for kind in all_events():
        if kind.audience is not Audience.INTERNAL:
            yield Binding(INNER, kind.exchange, names.PARTNERS_FEED, kind.routing_key)
        elif kind.type not in heard:
            # so that an event the broker returns is always a fault, never one that just nobody wants
            yield Binding(INNER, kind.exchange, names.UNHEARD, kind.routing_key)


def _topic_rights(clients: Sequence[str]) -> Iterable[TopicRights]:
    # who may bind what; who may write where is never left to keys, which CC and BCC go round before 4.0
    for user in (*SERVICES, *clients):
        yield TopicRights(INNER, user, names.RPC_EXCHANGE, ".*", REPLY_KEYS)


def _rights(clients: Sequence[str], partners: Sequence[str], operators: Sequence[str]) -> Iterable[Rights]:
    rpc = re.escape(names.RPC_EXCHANGE)
    for service in SERVICES:
        replies = rf"xinlv\.reply-{service}-.*"
        yield Rights(
            INNER,
            service,
            configure=rf"^{replies}$",
            # not the default exchange: through it anybody could put anything into anybody's inbox
            write=rf"^({replies}|{rpc}|{service}\.(events|replay|retry))$",
            read=rf"^({replies}|{rpc}|rpc-{service}|{service}\.(inbox|parked))$",
        )
    for client in clients:
        others = "|".join(re.escape(name) for name in (*SERVICES, *clients) if name != client)
        replies = rf"(xinlv\.reply-(?!({others})-)|rpc\.reply-).*"
        # a stock nameko client declares the exchange again, which needs the right to configure it; the site
        # stands in the open and is none
        configure = rf"^({replies}|{rpc})$" if client != SITE else rf"^{replies}$"
        yield Rights(INNER, client, configure, write=rf"^({replies}|{rpc})$", read=rf"^({replies}|{rpc})$")
    yield Rights(INNER, SHOVEL_USER, NEVER, NEVER, rf"^{re.escape(names.PARTNERS_FEED)}$")
    yield Rights(PARTNERS, SHOVEL_USER, NEVER, r"^.*\.events$", NEVER)
    for partner in partners:
        # an outsider may declare what he likes on this host, but tell nothing in a service's name; a stock
        # nameko subscriber declares <service>.events again, which needs the right to configure it
        theirs = "".join(rf"|(evt-.+--)?{re.escape(name)}\." for name in partners if name != partner)
        yield Rights(
            PARTNERS,
            partner,
            configure=rf"^(?!{re.escape(names.ALL_EVENTS)}${theirs}).*$",
            write=rf"^(?!.*\.events${theirs}).*$",
            read=rf"^(?!{theirs[1:]}).*$" if theirs else ".*",
        )
    for operator in operators:
        for vhost in (INNER, PARTNERS):
            yield Rights(vhost, operator, ".*", ".*", ".*")
