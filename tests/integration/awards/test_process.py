"""The service as it runs: a process, events over the broker, methods over RPC, certificates by its loop."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import amqp
import pytest
from pymongo import MongoClient

from contracts.errors import NotFound, NotSignedIn, NotYet
from contracts.events import Event
from contracts.words import Role
from plumbing.bus.client import Client
from plumbing.clock import FixedClock, advance_clock, start_clock
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import Settings
from runner.provision import provision
from runner.stack import Stack
from tests.integration.awards.world import EDITION, MONDAY, World
from tests.support.harness import Harness
from tests.support.waiting import until

pytestmark = pytest.mark.stack


class Broker:
    """Stands where a harness would: what it is given goes over the broker, each event by its own service."""

    event = Harness.event

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.clock = FixedClock(MONDAY)
        self.execute = self.ask = lambda *_: {}

    def handle(self, events: list[Event]) -> list[Event]:
        """Publish the events."""
        for service in sorted({event.kind.service for event in events}):
            url = urlsplit(self.stack.environment(service)["XINLV_AMQP_URL"])
            with amqp.Connection(
                f"{url.hostname}:{url.port}", url.username, url.password, virtual_host=url.path[1:]
            ) as connection:
                channel = connection.channel()
                channel.confirm_select()
                for event in (event for event in events if event.kind.service == service):
                    message = amqp.Message(json.dumps(event.to_cloudevent()), content_type="application/json")
                    channel.basic_publish_confirm(message, event.kind.exchange, event.kind.routing_key)
        return []


@pytest.fixture
def client(stack: Stack, service_processes: Callable[..., object]) -> Iterator[Client]:
    """A client of a running awards service, on a Monday of September 2025."""
    with MongoClient(stack.environment()["XINLV_MONGO_URL"], tz_aware=True) as mongo:
        for database in ("xinlv_awards", "xinlv_clock"):
            mongo.drop_database(database)
        provision(stack)
        try:
            start_clock(mongo, MONDAY)
            service_processes("awards")
            client = Client(stack.environment()["XINLV_AMQP_URL"])
            client.advance = lambda **by: advance_clock(mongo, by=timedelta(**by))
            yield client
            client.close()
        finally:
            mongo.drop_database("xinlv_clock")


def test_from_the_finals_result_to_a_certificate(stack: Stack, client: Client) -> None:
    registration = Settings.from_environment("registration", stack.environment("registration"))
    signer = Tokens("registration", Keyring(registration.keyring), registration.signing_key)
    token = signer.sign_user("acc-secretariat", [Role.SECRETARIAT])
    world = World(Broker(stack))
    world.final([1, 2, 3])
    args = {"edition_id": EDITION}
    with pytest.raises(NotSignedIn):
        client.call("awards", "propose_awards", args)

    def propose() -> object:
        try:
            return client.call("awards", "propose_awards", args, token)
        except (NotFound, NotYet):
            return None

    proposal = until(propose, 30)
    one = {"proposal_id": proposal["proposal_id"]}
    client.call("awards", "open_publicity", one, token)
    assert len(client.call("awards", "public_notice", args)["items"]) == proposal["total"]
    client.advance(days=8)
    client.call("awards", "publish_awards", one, token)
    certified = {**args, "status": "certified"}
    until(
        lambda: len(client.call("awards", "list_awards", certified, token)["items"]) == proposal["total"], 30
    )
    for award in client.call("awards", "list_results", args)["items"]:
        verified = client.call("awards", "verify_certificate", {"number": award["certificate_number"]})
        assert verified["status"] == "valid" and verified["laureate"] == award["laureate"]
