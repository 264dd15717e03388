"""What the extensions of one service process share: executor, links, and whether it is ready."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any

from contracts.rpc import Method
from plumbing.bus.link import Link
from plumbing.bus.publisher import Publisher
from plumbing.identity.caller import Caller
from plumbing.service import Service
from plumbing.settings import Settings


class Runtime:
    """One process of one service; ``holder`` names it in leases and on the broker."""

    def __init__(self, service: Service, settings: Settings, executor: Any, holder: str) -> None:
        self.service = service
        self.settings = settings
        self.executor = executor
        self.holder = holder
        self.grace = 20.0
        self.methods: dict[str, Method] = {
            method.name: method for method in (*service.commands, *service.queries)
        }  # fmt: skip
        self.links: dict[str, Link] = {}
        self.publisher = Publisher(settings.amqp_url, f"{holder} out")
        self.links["out"] = self.publisher.link
        self.database_answers = False
        self.prepared = threading.Event()
        """Indexes stand; from here on work may begin."""
        self.stopping = threading.Event()
        self.wake = threading.Event()
        """Something was committed that the relay may publish."""
        self.turned = time.monotonic()
        """When the hub last had a turn; read by the native health thread."""

    def committed(self) -> None:
        """Tell the relay that there may be something to publish."""
        self.wake.set()

    def verify(self, token: str) -> Caller:
        """Return the bearer of a token; NotSignedIn where it is worth nothing."""
        caller: Caller = self.executor.parts.tokens.verify(token)
        return caller

    @staticmethod
    def at(caller: Caller, address: str) -> Caller:
        """Return the caller with the client's address, as the site told it."""
        return dataclasses.replace(caller, address=address)

    def wait_ready(self, link: Link) -> bool:
        """Wait until work may begin; False when the process stops before, and the link is closed then."""
        while not self.prepared.wait(0.2):
            if self.stopping.is_set():
                link.close()
                return False
        return True

    def troubles(self) -> list[str]:
        """Return what keeps the process from being ready, in words; empty when it is."""
        # a copy: the page of health asks from another thread while links are still being added
        links = list(self.links.items())
        found = [f"broker: {name} link is down" for name, link in links if not link.is_open]
        if not self.database_answers:
            found.append("database: does not answer")
        if not self.prepared.is_set():
            found.append("database: indexes are not made yet")
        if self.stopping.is_set():
            found.append("stopping")
        return found
