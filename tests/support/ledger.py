"""A small service for the tests of the plumbing: it counts. It bears the name and the events of notify."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from marshmallow import fields

from contracts.errors import Conflict, NotFound, NotYet
from contracts.events import Event
from contracts.events.notify import AnnouncementPublished
from contracts.events.submission import MaterialQuarantined
from contracts.fields import Id, Strict, Text
from contracts.rpc.method import PUBLIC, Kind, Method, Page
from contracts.words import Role
from plumbing.service import Command, Index, Job, JobKind, Loop, Service
from plumbing.store import chain
from plumbing.store.copies import copy_state
from plumbing.store.paging import page


class CountArgs(Strict):
    counter_id = Id(required=True)
    by = fields.Integer(load_default=1)
    refuse = fields.Boolean(load_default=False)
    reason = Text(500, empty=True, load_default="")
    dry_run = fields.Boolean(load_default=False)


class ManyArgs(Strict):
    counter_id = Id(required=True)
    rows = fields.Integer(required=True)
    fail_at = fields.Integer(load_default=-1)
    refuse_at = fields.Integer(load_default=-1)
    reason = Text(500, empty=True, load_default="")


class CounterArgs(Strict):
    counter_id = Id(required=True)


class Anything(Strict):
    """Results are not checked here."""


def _method(name: str, kind: Kind, args: Any, **more: Any) -> Method:
    roles = more.pop("roles", frozenset({Role.SECRETARIAT}))
    return Method("notify", name, kind, name, args, Anything, roles, (), **more)


count = _method("count", Kind.COMMAND, CountArgs, dry_run=True)
count_prepared = _method("count_prepared", Kind.COMMAND, CountArgs, dry_run=True)
count_first = _method("count_first", Kind.COMMAND, CountArgs, dry_run=True)
count_small = _method("count_small", Kind.COMMAND, CountArgs, dry_run=True)
count_small_first = _method("count_small_first", Kind.COMMAND, CountArgs, dry_run=True)
count_many = _method("count_many", Kind.COMMAND, ManyArgs)
get_counter = _method("get_counter", Kind.QUERY, CounterArgs, personal=True)
list_counters = _method("list_counters", Kind.QUERY, Page, paged=True, roles=PUBLIC)
look_at_counters = _method("look_at_counters", Kind.QUERY, Page, paged=True, personal=True)
prepared: list[str] = []
disturbances: list[Callable[[Any], None]] = []
"""What happens to whoever prepares, for the tests to set."""


holds: list[Callable[[str], None]] = []
"""What happens first inside a small command's transaction, for the tests to set."""


def announcement(name: str) -> dict[str, Any]:
    """Return the data of the event the ledger tells."""
    text = {"zh": f"公告 {name}", "en": f"Announcement {name}"}
    return {
        "announcement_id": name, "edition_id": "third", "title": text, "body": text,
        "published_at": datetime(2026, 9, 1, tzinfo=UTC),
    }  # fmt: skip


def do_count(tx: Any, args: dict[str, Any], facts: Any = None) -> dict[str, Any]:
    kept = tx.collection("counters").find_one({"_id": args["counter_id"]})
    version = (kept["version"] if kept else 0) + 1
    value = (kept["value"] if kept else 0) + args["by"]
    counter = {"_id": args["counter_id"], "value": value, "version": version, "at": tx.now}
    if kept is None:
        tx.collection("counters").insert_one(counter)
    else:
        saved = tx.collection("counters").replace_one(
            {"_id": counter["_id"], "version": kept["version"]}, counter
        )
        if not saved.matched_count:
            raise Conflict("已被他人修改", "Changed by somebody else.")
    tx.emit(AnnouncementPublished, counter["_id"], version, announcement(counter["_id"]))
    chain.append(tx, f"counter:{counter['_id']}", "count", {"value": value, "at": tx.now})
    if args.get("refuse"):
        raise Conflict("不可以", "No.")
    return {"value": value, "at": tx.now, "facts": facts}


def prepare_count(context: Any, args: dict[str, Any]) -> str:
    prepared.append(args["counter_id"])
    for disturb in disturbances:
        disturb(context)
    return f"prepared {args['counter_id']}"


def do_count_first(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    if tx.collection("counters").find_one({"_id": args["counter_id"]}):
        raise Conflict("已经数过。", "It was counted before.")
    return do_count(tx, args)


def do_count_small(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    for hold in holds:
        hold(args["counter_id"])
    return do_count(tx, args)


def do_count_small_first(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    return do_count_first(tx, args)


def do_count_many(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    return {"job_id": tx.enqueue("count_up", {name: args[name] for name in ("counter_id", "rows", "fail_at",
                                                                            "refuse_at")})}  # fmt: skip


def count_up(tx: Any, job: Job, facts: Any) -> None:
    place = job.cursor or 0
    job.total = job.arguments["rows"]
    if place == job.arguments["fail_at"]:
        raise RuntimeError("a fault of ours")
    if place == job.arguments["refuse_at"]:
        raise Conflict("不可以", "No.")
    result = do_count(tx, {"counter_id": job.arguments["counter_id"], "by": 1})
    job.cursor = place + 1
    job.done += 1
    job.outcomes.append({"row": f"row-{place}", "outcome": "counted"})
    if job.done == job.total:
        job.finished, job.result = True, {"value": result["value"], "facts": facts}


def do_get_counter(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    counter = view.collection("counters").find_one({"_id": args["counter_id"]})
    if counter is None:
        raise NotFound("没有", "There is none.")
    return {"counter_id": counter["_id"], "value": counter["value"], "at": counter["at"]}


def do_list_counters(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    return page(view.collection("counters"), {}, args, lambda row: {"id": row["_id"], "value": row["value"]},
                order=(("value", -1),))  # fmt: skip


def remember(tx: Any, event: Event) -> None:
    copy_state(tx, "copies", event, {"title": event.data["announcement_id"]})


def add(tx: Any, event: Event) -> None:
    """React by what the subject says: the tests steer with it."""
    if event.subject.startswith("refused"):
        raise Conflict("不可以", "No.")
    if event.subject.startswith("early") and not tx.collection("copies").find_one({"_id": "arrived"}):
        raise NotYet("还没有", "Not there yet.")
    if event.subject.startswith("broken"):
        raise ZeroDivisionError("a fault of ours")
    tx.collection("added").update_one({"_id": "all"}, {"$inc": {"count": 1}}, upsert=True)


def tick(context: Any) -> int:
    context.transact("tick", lambda tx: tx.collection("ticks").insert_one({"at": tx.now}))
    return 1


def no_negative(reading: Any) -> list[dict[str, Any]]:
    return [
        {"check": "no_negative", "subject": row["_id"], "problem": "the counter is below zero"}
        for row in reading.collection("counters").find({"value": {"$lt": 0}})
    ]


SERVICE = Service(
    name="notify",
    commands={
        count: do_count,
        count_prepared: Command(do_count, prepare=prepare_count),
        count_first: do_count_first,
        count_small: Command(do_count_small, small=True),
        count_small_first: Command(do_count_small_first, small=True),
        count_many: do_count_many,
    },
    queries={
        get_counter: do_get_counter,
        list_counters: do_list_counters,
        look_at_counters: do_list_counters,
    },
    reactions={AnnouncementPublished: [remember, add], MaterialQuarantined: [add]},
    jobs={"count_up": JobKind(count_up, prepare=lambda context, job: f"prepared {job.cursor}")},
    loops={"tick": Loop(tick)},
    indexes=[Index("counters", (("value", -1), ("_id", -1)))],
    invariants=[no_negative],
)
