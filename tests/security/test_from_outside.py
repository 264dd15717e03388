"""Broker, database and ports as a thief of one user's password finds them: his own, and nothing else."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from amqp.exceptions import AMQPError
from minio import Minio
from minio.error import S3Error
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from contracts.errors import NotSignedIn
from contracts.words import SERVICES
from demo.cast import invent_cast
from plumbing.bus.client import Client
from plumbing.bus.link import connect
from plumbing.bus.management import Management, ManagementError
from plumbing.store.abandoned import end_abandoned
from plumbing.store.mongo import Store
from plumbing.store.mongo import connect as connect_mongo
from runner.stack import Stack
from tests.security.outside import Intruder, acts, declare, intruder, look, needs, publish, url_of
from tests.support.waiting import until

pytestmark = pytest.mark.stack
PAIRS = [(user, SERVICES[(place + 1) % len(SERVICES)]) for place, user in enumerate(SERVICES)]


@pytest.fixture(scope="module")
def stack(own_stack: Stack) -> Stack:
    """A stack nobody has used: intruders count what they find."""
    return own_stack


@pytest.fixture(scope="module")
def mongo(own_mongo: Any) -> Any:
    """The operator's connection to that stack's database server."""
    return own_mongo


@pytest.fixture(scope="module")
def users(stack: Stack) -> Iterator[Callable[[str], Intruder]]:
    """The connection of any user on his host."""
    made: dict[str, Any] = {}
    broker = stack.environment()["XINLV_AMQP_URL"]

    def get(user: str) -> Intruder:
        if user not in made:
            kind = "services" if user in SERVICES else "clients"
            vhost = "partners" if user == "partner" else "xinlv"
            made[user] = Intruder(url_of(broker, user, stack.secrets[kind][user]["password"], vhost))
        return made[user]

    yield get
    for one in made.values():
        one.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_do_what_it_needs(users: Any, service: str) -> None:
    assert {name: users(service).may(act) for name, act in needs(service).items()} == dict.fromkeys(
        needs(service), True
    )


@pytest.mark.parametrize(("user", "foreign"), PAIRS)
def test_a_service_can_do_nothing_else(users: Any, user: str, foreign: str) -> None:
    done = [name for name, act in acts(user, foreign).items() if users(user).may(act)]
    assert done == []


@pytest.mark.parametrize(("user", "also"), [("desk", ["delete the exchange of calls"]), ("site", [])])
def test_a_client_can_call_and_hear_its_answers_only(users: Any, user: str, also: list[str]) -> None:
    # the desk's user is also the one of stock nameko clients, which declare the exchange of calls again
    for foreign in ("review", "registration"):
        forbidden = {name: act for name, act in acts(user, foreign).items() if name not in also}
        assert [name for name, act in forbidden.items() if users(user).may(act)] == []
    wanted = needs(user)
    assert all(users(user).may(wanted[name]) for name in ("call others", "have replies"))
    other = "site" if user == "desk" else "desk"
    assert not users(user).may(look(f"xinlv.reply-{other}-1"))


def test_a_partner_declares_and_listens_on_his_host_and_tells_nothing(users: Any) -> None:
    partner = users("partner")
    assert partner.may(declare("partner.own"))
    for service in SERVICES:
        assert not partner.may(publish(f"{service}.events", "Nothing"))
    assert not partner.may(publish("competition.events", "Nothing"))


def test_nobody_enters_another_host_or_the_management(stack: Stack) -> None:
    told = stack.environment()
    everybody = {**stack.secrets["services"], **stack.secrets["clients"]}
    for user, own in everybody.items():
        other = "xinlv" if user == "partner" else "partners"
        for vhost in (other, "/"):
            with pytest.raises((AMQPError, OSError)):
                connect(url_of(told["XINLV_AMQP_URL"], user, own["password"], vhost), "intruder")
        management = Management(told["XINLV_BROKER_MANAGEMENT_URL"], user, own["password"])
        with pytest.raises(ManagementError, match=r"\b401\b|not_auth"):
            management.get("users")


def test_well_known_names_open_nothing(stack: Stack) -> None:
    told = stack.environment()
    for user, password in itertools.product(("guest", "admin", "desk"), ("guest", "admin", "password", "")):
        for vhost in ("xinlv", "partners", "/"):
            with pytest.raises((AMQPError, OSError)):
                connect(url_of(told["XINLV_AMQP_URL"], user, password, vhost), "intruder")
        with pytest.raises(ManagementError):
            Management(told["XINLV_BROKER_MANAGEMENT_URL"], user, password).get("overview")
    place = told["XINLV_S3_URL"].removeprefix("http://")
    with pytest.raises(S3Error):
        Minio(place, "minioadmin", "minioadmin", secure=False).list_buckets()
    for path in ("incoming", "materials", "publications", "minio/admin/v3/info"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{told['XINLV_S3_URL']}/{path}", timeout=10)
        refused.value.close()
        assert refused.value.code == 403
    place = "mongodb://" + told["XINLV_MONGO_URL"].rpartition("@")[2].partition("?")[0]
    with (
        MongoClient[dict[str, Any]](place, timeoutMS=10_000, directConnection=True) as client,
        pytest.raises(OperationFailure),
    ):
        client.admin.command("listDatabases")


@pytest.mark.parametrize(("user", "foreign"), PAIRS)
def test_a_services_database_user_reaches_its_own_database_only(
    stack: Stack, user: str, foreign: str
) -> None:
    told = stack.environment(user)
    with connect_mongo(told["XINLV_MONGO_URL"], "intruder") as client:
        own, other, admin = client[f"xinlv_{user}"], client[f"xinlv_{foreign}"], client.admin
        own.trial.insert_one({"_id": 1})
        own.trial.drop()
        forbidden: dict[str, Callable[[], Any]] = {
            "read": lambda: other.accounts.find_one({}),
            "write": lambda: other.accounts.insert_one({}),
            "list": lambda: other.list_collection_names(),
            "drop a collection": lambda: other.audit.drop(),
            "drop it": lambda: client.drop_database(other.name),
            "read users": lambda: client.admin["system.users"].find_one({}),
            "make a user": lambda: own.command("createUser", "x", pwd="x", roles=["root"]),
            "grant": lambda: admin.command("grantRolesToUser", user, roles=["root"]),
            "change another's password": lambda: admin.command("updateUser", foreign, pwd="x"),
            "drop a user": lambda: admin.command("dropUser", foreign),
            "read everybody's operations": lambda: list(
                admin.aggregate([{"$currentOp": {"allUsers": True}}])
            ),
            "read parameters": lambda: admin.command("getParameter", "*"),
            "read the log": lambda: admin.command("getLog", "global"),
            "read the oplog": lambda: client.local["oplog.rs"].find_one({}),
            "reconfigure": lambda: admin.command("replSetGetConfig"),
            "step down": lambda: admin.command("replSetStepDown", 1),
            "shut down": lambda: admin.command("shutdown"),
            "kill others' sessions": lambda: admin.command("killAllSessions", []),
            "run a script on the server": lambda: own.command("eval", "1"),
        }
        if user != "registration":
            forbidden["move the clock"] = lambda: client.xinlv_clock.clock.insert_one({})
        assert set(client.list_database_names()) <= {own.name, "xinlv_clock"}
        for what, act in forbidden.items():
            with pytest.raises(OperationFailure):
                act()
                pytest.fail(f"{user} could {what}")


CRASHING = """
    import os, sys
    from plumbing.store.mongo import connect
    client = connect(sys.argv[1], "xinlv-crash")
    session = client.start_session()
    session.start_transaction()
    client["xinlv_review"].trial.insert_one({"_id": "locked"}, session=session)
    os._exit(1)
"""


def test_abandoned_transactions_are_ended_with_a_services_own_rights(stack: Stack) -> None:
    url = stack.environment("review")["XINLV_MONGO_URL"]
    with connect_mongo(url, "xinlv-crash") as client:
        trial = client["xinlv_review"].trial
        trial.insert_one({"_id": "there"})
        root = Path(__file__).resolve().parents[2]
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(CRASHING), url], cwd=root, timeout=60, check=False
        )
        store = Store(client["xinlv_review"])
        until(lambda: end_abandoned(store, idle_seconds=0.1) == 1)
        trial.drop()


def test_everything_listens_on_loopback_only(stack: Stack, service_processes: Any) -> None:
    services = service_processes("notify")
    mine = {child.pid for child in stack.state.children().values()}
    mine |= {child.pid for child in services.running().values()}
    found = {place for pid in _with_children(mine) for place in _listening(pid)}
    assert len(found) >= 6, "broker, management, distribution, database, storage, mail and a service"
    assert {address for address, _ in found} <= {"127.0.0.1", "::1"}, found


def _with_children(pids: set[int]) -> set[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _listening(pid: int) -> Iterator[tuple[str, int]]:
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            inodes.add(link.readlink().name)
        except OSError:
            continue
    for name, family, width in (("tcp", socket.AF_INET, 8), ("tcp6", socket.AF_INET6, 32)):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            place, state, inode = line.split()[1], line.split()[3], line.split()[9]
            if state == "0A" and f"socket:[{inode}]" in inodes:
                address, port = place.split(":")
                words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, width, 8)]
                yield socket.inet_ntop(family, b"".join(words)), int(port, 16)


def test_an_ended_session_is_refused_by_another_service_within_seconds(
    stack: Stack, service_processes: Any, mongo: Any
) -> None:
    for service in ("registration", "review"):
        mongo.drop_database(f"xinlv_{service}")
    service_processes("registration", "review")
    told = stack.environment()
    boss = invent_cast(3, [("industry", 1)], 1, 1, 1).operator
    contact = {"name": boss.name, "email": boss.email, "phone": boss.phone}
    with Client(told["XINLV_AMQP_URL"], timeout=20.0, name="desk") as client:
        client.call("registration", "bootstrap_operator", {
            "secret": told["XINLV_BOOTSTRAP_SECRET"], "person": contact, "password": boss.password,
        })  # fmt: skip
        args = {"email": boss.email, "password": boss.password}
        token = client.call("registration", "sign_in", args)["access_token"]
        assert client.call("review", "list_rounds", {}, token)["items"] == []
        client.call("registration", "revoke_sessions", {}, token)

        def refused() -> bool:
            try:
                client.call("review", "list_rounds", {}, token)
            except NotSignedIn:
                return True
            return False

        until(refused, 10.0, "the token still opens another service")
        until(lambda: _refused_at_home(client, token), 10.0)


def _refused_at_home(client: Client, token: str) -> bool:
    try:
        client.call("registration", "who_am_i", {}, token)
    except NotSignedIn:
        return True
    return False


def test_the_intruders_connection_tells_allowed_from_forbidden(stack: Stack) -> None:
    with intruder(stack.environment("notify")["XINLV_AMQP_URL"]) as one:
        assert one.may(look("notify.inbox")) and not one.may(look("review.inbox"))
