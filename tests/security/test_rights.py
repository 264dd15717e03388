"""The table of rights, cell by cell: every method, every role, own and foreign objects, on real services."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from contracts.errors import NotAllowed, NotFound, NotSignedIn, Refusal
from contracts.rpc import PUBLIC, Kind, Method, all_methods
from contracts.words import SERVICES, Role
from runner.security.ownership import ALL, EVERYBODY, MORE, ONE_SERVICE, OWN, Reach, reach
from tests.security.worlds import WORLDS, World
from tests.support.arguments import make
from tests.support.harness import Grounds, harnesses

METHODS = all_methods()
GATED = [method for method in METHODS if method.roles is not PUBLIC]
STAFF = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR)
CELLS = [(method, role) for method in METHODS for role in (None, *Role)]
OWNED = [(method, role) for method, role in CELLS if reach(method, role) is Reach.OWN]
REFUSING = (NotAllowed, NotSignedIn)
CLOSED = (*REFUSING, NotFound)
CONDITIONAL = MORE.keys() | {"registration.sign_in", "registration.refresh_session"}
"""These may refuse by more than the role; two of them because they are signing in."""
STORED = {
    "accounts": "account_id", "units": "unit_id", "experts": "expert_id", "cases": "case_id",
    "assessments": "case_id", "rounds": "round_id", "seats": "assignment_id", "results": "result_id",
    "qualifications": "qualification_id", "proposals": "proposal_id", "awards": "award_id",
    "nominations": "nomination_id", "objections": "objection_id", "letters": "letter_id",
    "messages": "message_id", "editions": "edition_id", "certificates": "number", "jobs": "job_id",
}  # fmt: skip
"""What identifies the documents of a collection."""


def name_of(value: Any) -> str:
    return value.full_name if isinstance(value, Method) else str(value or "nobody")


@pytest.fixture(scope="module")
def world_of(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[Callable[[str], World]]:
    """The world of a service, made once for all cells."""
    grounds = Grounds(mongo_client)
    made: dict[str, World] = {}
    contexts = []

    def get(service: str) -> World:
        if service not in made:
            context = harnesses(mongo_client, grounds)
            contexts.append(context)
            made[service] = WORLDS[service](context.__enter__())
        return made[service]

    yield get
    for context in contexts:
        context.__exit__(None, None, None)
    grounds.remove()


def answer(world: World, method: Method, args: dict[str, Any], caller: Any) -> Refusal | None:
    """Return the refusal, or None where there was an answer; nothing stays where a dry run is offered."""
    if method.dry_run:
        args = {**args, "dry_run": True}
    try:
        world.service.call(method, args, caller)
    except Refusal as refusal:
        return refusal
    return None


def written(world: World) -> dict[str, int]:
    store = world.service.store
    return {
        name: store.collection(name).count_documents({}) for name in store.database.list_collection_names()
    } | {"versions": sum(_versions(store, name) for name in store.database.list_collection_names())}


def _versions(store: Any, name: str) -> int:
    rows = store.collection(name).aggregate([{"$group": {"_id": None, "sum": {"$sum": "$version"}}}])
    return sum(row["sum"] for row in rows)


@pytest.mark.parametrize("service", SERVICES)
def test_who_may_not_call_is_refused_whatever_he_asks_for(world_of: Any, service: str) -> None:
    world = world_of(service)
    before = written(world)
    for method, role in CELLS:
        if method.service != service or reach(method, role) is not Reach.NONE:
            continue
        for args in (world.own, world.foreign):
            refusal = answer(world, method, args.get(method.name, {}), world.caller(role))
            expected = NotSignedIn if role is None else NotAllowed
            assert type(refusal) is expected, (method.full_name, role, refusal)
    assert written(world) == before, "a refused call wrote something"


@pytest.mark.parametrize(("method", "role"), OWNED, ids=name_of)
def test_foreign_objects_are_as_if_they_were_not_there(world_of: Any, method: Method, role: Role) -> None:
    world = world_of(method.service)
    if method.name in world.lists:
        args, field, only = world.lists[method.name]
        rows = world.service.call(method, args, world.caller(role))["items"]
        assert {row[field] for row in rows} == only
        return
    if method.name == "who_am_i":
        shown = world.service.call(method, {}, world.caller(role))
        assert shown["account_id"] == world.caller(role).subject
        return
    before = written(world)
    caller = world.strangers.get(method.name) or world.caller(role)
    args = (world.own if method.name in world.strangers else world.foreign)[method.name]
    refusal = answer(world, method, args, caller)
    assert isinstance(refusal, NotFound | NotAllowed), (method.full_name, role, refusal)
    ids = [name for name in args if name.endswith("_id") and name != "edition_id"]
    nowhere = {**args, **dict.fromkeys(ids, "nowhere-0")}
    if type(refusal) is NotFound and method.name not in ("accept_duty",):
        absent = answer(world, method, nowhere, caller)
        assert type(absent) is NotFound and absent.zh == refusal.zh, "it tells that something is there"
    assert written(world) == before, "a refused call wrote something"


@pytest.mark.parametrize(("method", "role"), OWNED, ids=name_of)
def test_own_objects_are_reached(world_of: Any, method: Method, role: Role) -> None:
    world = world_of(method.service)
    args = world.lists[method.name][0] if method.name in world.lists else world.own[method.name]
    refusal = answer(world, method, args, world.caller(role))
    assert not isinstance(refusal, CLOSED), (method.full_name, role, refusal)


@pytest.mark.parametrize(("name", "allowed"), ONE_SERVICE.items(), ids=str)
def test_what_is_one_services_is_refused_to_the_others(world_of: Any, name: str, allowed: str) -> None:
    service, _, short = name.partition(".")
    world = world_of(service)
    [method] = [method for method in METHODS if method.full_name == name]
    args = {"account_id": "acc-1", **({"purpose": "reset"} if short == "letter_link" else {})}
    args = world.own.get(short, args)
    for other in (*SERVICES, "desk"):
        refusal = answer(world, method, args, world.caller(Role.SERVICE, other))
        assert (type(refusal) is NotAllowed) is (other != allowed), (other, refusal)


def test_every_right_of_an_outsider_was_decided() -> None:
    known = {method.full_name for method in all_methods()}
    for method, role in CELLS:
        reach(method, role)  # KeyError names what is undecided
    assert not (OWN.keys() | ALL.keys() | ONE_SERVICE.keys()) - known, "decided on what is not there"


def test_the_auditor_changes_nothing_but_his_own_sessions_and_messages() -> None:
    changing = [method for method in GATED if method.kind is Kind.COMMAND]
    own = {method.full_name for method in changing if method.allows([Role.AUDITOR])}
    assert own == {"registration.revoke_sessions", "notify.mark_message_read"}


def test_the_operator_neither_judges_nor_awards() -> None:
    judging = [method for method in GATED if method.service in ("submission", "review", "awards")]
    changing = [method for method in judging if method.kind is Kind.COMMAND]
    own = {method.name for method in changing if method.allows([Role.OPERATOR])}
    assert own == {"replay_events", "replay_parked", "discard_parked"}


def test_an_outsider_reaches_all_of_nothing_but_nominations() -> None:
    outsiders = [role for role in EVERYBODY if role not in STAFF]
    reached = {method.name for method in GATED for role in outsiders if reach(method, role) is Reach.ALL}
    assert reached == {"list_nominations", "nominate_contribution", "vote_contribution"}


def identifiers(world: World) -> dict[str, Any]:
    """Return by field the identifier of something that is there."""
    store = world.service.store
    found = {field: store.collection(name).find_one({}) for name, field in STORED.items()}
    return {field: document["_id"] for field, document in found.items() if document}


def filled(method: Method, known: dict[str, Any]) -> dict[str, Any] | None:
    """Return arguments that the schema takes, about something that is there; None where none can be made."""
    try:
        args = make(method.args(), random.Random(method.full_name), {}, whole=False)
    except LookupError:
        return None
    return {name: known.get(name, value) for name, value in args.items()}


# the last: what is called for real changes the worlds
@pytest.mark.parametrize("service", SERVICES)
def test_who_may_call_passes_the_gate_and_what_lies_behind(world_of: Any, service: str) -> None:
    world = world_of(service)
    known, loaded = identifiers(world), set[str]()
    open_cells = [
        (method, role, world.caller(role, ONE_SERVICE.get(method.full_name, "awards")))
        for method, role in CELLS
        if method.service == service and reach(method, role) in (Reach.ALL, Reach.ONE)
    ]
    for method, role, caller in open_cells:
        # without arguments most are refused for what is missing, and that is past the gate
        refusal = answer(world, method, {}, caller)
        assert type(refusal) not in REFUSING or method.full_name in CONDITIONAL, (method.full_name, role)
    for method, role, caller in open_cells:
        if method.kind is Kind.QUERY and method.name in world.own:
            refusal = answer(world, method, world.own[method.name], caller)
            assert type(refusal) not in CLOSED, (method.full_name, role, refusal)
    for method, role, caller in open_cells:
        args = filled(method, known)
        if args is None or method.full_name in CONDITIONAL:
            continue
        refusal = answer(world, method, args, caller)
        there = method.kind is Kind.QUERY and known.keys() >= {name for name in args if name != "limit"}
        assert type(refusal) not in (CLOSED if there else REFUSING), (method.full_name, role, refusal)
        loaded.add(method.full_name)
    assert len(loaded) > 0.7 * len({method for method, _, _ in open_cells})
