"""Chains of records, pages, retention, indexes, and the checks a service makes of itself."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import InvalidInput
from contracts.events import Event
from plumbing.operations.state import check_integrity
from plumbing.service import Index
from plumbing.store import chain
from plumbing.store.integrity import CHECKS
from plumbing.store.paging import encode_cursor, page
from tests.support import ledger
from tests.support.harness import Harness, MakeHarness

CHAIN = "counter:a"


def findings(service: Harness) -> list[str]:
    return [f"{row['check']}: {row['problem']}" for check in CHECKS for row in check(service.reading())]


def count(service: Harness, times: int = 3) -> None:
    for _ in range(times):
        service.clock.advance(seconds=1)
        service.execute(ledger.count, {"counter_id": "a"}, service.secretariat())


def verify(service: Harness) -> list[str]:
    head = service.store.collection("chain_heads").find_one({"_id": CHAIN})
    return [row["problem"] for row in chain.verify(service.store.collection("records"), CHAIN, head)]


def test_a_chain_holds(service: Harness) -> None:
    count(service)
    assert verify(service) == findings(service) == []
    assert [row["index"] for row in service.rows("records")] == [1, 2, 3]
    assert service.rows("records")[2]["previous"] == service.rows("records")[1]["hash"]


def test_whole_chains_are_read_in_one_stream(service: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    count(service)
    monkeypatch.setattr(chain, "verify", None)
    assert findings(service) == []


@pytest.mark.parametrize(
    "heads",
    [
        lambda rows: rows.delete_one({"_id": CHAIN}),
        lambda rows: rows.insert_one({"_id": "counter:gone", "index": 1, "hash": "0" * 64}),
    ],
)
def test_a_chain_without_head_and_a_head_without_chain_are_found(service: Harness, heads: Any) -> None:
    count(service)
    heads(service.store.collection("chain_heads"))
    assert findings(service) == ["chained_records: the end of the chain is missing or changed"]


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (lambda rows: rows.update_one({"index": 2}, {"$set": {"content.value": 9}}), "content was changed"),
        (lambda rows: rows.delete_one({"index": 2}), "record missing"),
        (lambda rows: rows.delete_one({"index": 3}), "the end of the chain is missing or changed"),
        (lambda rows: rows.delete_many({}), "the end of the chain is missing or changed"),
        (lambda rows: rows.update_one({"index": 1}, {"$set": {"at": "2026-01-01"}}), "content was changed"),
        (lambda rows: rows.update_one({"index": 3}, {"$set": {"previous": "0" * 64}}),
         "does not follow the record before"),
    ],
)  # fmt: skip
def test_tampering_is_found(service: Harness, tamper: Any, problem: str) -> None:
    count(service)
    tamper(service.store.collection("records"))
    assert problem in verify(service)
    assert f"chained_records: {problem}" in findings(service)


def test_a_chain_rehashed_from_the_middle_is_found_at_its_head(service: Harness) -> None:
    count(service, 1)
    rows = service.store.collection("records")
    record = rows.find_one({})
    assert record
    record["content"]["value"] = 9
    record["hash"] = chain.hash_of(record)
    rows.replace_one({"_id": record["_id"]}, record)
    assert verify(service) == ["the end of the chain is missing or changed"]
    assert chain.verify(rows, CHAIN) == []


def test_merkle_roots_tell_order_and_number() -> None:
    leaves = [chain.digest(place) for place in range(5)]
    roots = [chain.merkle_root(leaves[:size]) for size in range(6)]
    assert roots[0] == chain.GENESIS
    assert len(set(roots)) == 6
    assert chain.merkle_root(leaves[::-1]) != roots[5]
    assert chain.merkle_root([*leaves, leaves[-1]]) != roots[5]


@pytest.mark.parametrize(
    ("collection", "damage", "problem"),
    [
        ("audit", lambda rows: rows.delete_one({}), "accepted_commands: its audit row is missing"),
        ("outbox", lambda rows: rows.delete_one({}), "accepted_commands: its event"),
        ("commands", lambda rows: rows.delete_one({"at": rows.find_one({}, sort=[("at", -1)])["at"]}),
         "audited_commands: took effect without a command row"),
        ("audit", lambda rows: rows.insert_one({**rows.find_one({}, sort=[("at", -1)]), "_id": "aud-x"}),
         "audited_commands: took effect more than once"),
        ("commands", lambda rows: rows.insert_one({**rows.find_one({}), "_id": "acc|x"}),
         "accepted_commands: belongs to 2 commands"),
    ],
)  # fmt: skip
def test_a_damaged_record_of_a_command_is_found(
    service: Harness, collection: str, damage: Any, problem: str
) -> None:
    count(service)
    assert findings(service) == []
    damage(service.store.collection(collection))
    assert any(found.startswith(problem) for found in findings(service))


@pytest.mark.parametrize(
    "damage",
    [
        lambda rows: rows.delete_many({}),
        lambda rows: rows.delete_one({"at": rows.find_one({}, sort=[("at", 1)])["at"]}),
    ],
)
def test_commands_lost_from_the_oldest_on_are_found(service: Harness, damage: Any) -> None:
    count(service)
    damage(service.store.collection("commands"))
    assert "audited_commands: took effect without a command row" in findings(service)


def test_commands_whose_time_is_over_are_not_missed(service: Harness) -> None:
    count(service, 2)
    service.clock.advance(days=181)
    count(service, 1)
    assert service.run_loop("sweep_history") == 2
    assert findings(service) == []
    # what the sweep has not come to yet is no finding either
    service.clock.advance(days=181)
    service.store.collection("outbox").delete_many({})
    service.store.collection("told").delete_many({})
    assert findings(service) == []


def echo(tx: Any, event: Event) -> None:
    tx.emit(ledger.AnnouncementPublished, f"by-{event.subject}", 1, ledger.announcement("echo"))


def echo_again(tx: Any, event: Event) -> None:
    echo(tx, event)


def tell(service: Harness, by: str) -> None:
    if by == "job":
        args = {"counter_id": "by-job", "rows": 2}
        service.run_job(service.execute(ledger.count_many, args, service.secretariat())["job_id"])
    elif by == "loop":
        service.context().transact("tick", lambda tx: echo(tx, service.event(*told(by))))
    else:
        service.handle([service.event(*told(by)), service.event(*told("other"))])


def told(name: str) -> tuple[Any, str, int, Any]:
    return ledger.AnnouncementPublished, name, 1, ledger.announcement(name)


@pytest.mark.parametrize(("by", "times"), [("reaction", 2), ("refused", 2), ("job", 2), ("loop", 1)])
def test_a_lost_event_that_no_command_told_is_found(harness: MakeHarness, by: str, times: int) -> None:
    reactions = {ledger.AnnouncementPublished: [echo, echo_again, ledger.add]}
    service = harness(replace(ledger.SERVICE, reactions=reactions))
    tell(service, by)
    assert findings(service) == []
    rows = service.rows("outbox", {"subject": f"by-{by}"})
    assert len(rows) == times
    for row in rows:
        service.store.collection("outbox").delete_one({"_id": row["_id"]})
        assert findings(service) == [f"told_events: its event {row['_id']} is missing"]
        service.store.collection("outbox").insert_one(row)


def test_checks_say_how_much_they_looked_at(service: Harness) -> None:
    count(service)
    seen = check_integrity(service.service, service.reading(), {})["seen"]
    assert seen["accepted_commands"] == seen["audited_commands"] == seen["chained_records"] == 3
    assert seen["job_outcomes"] == seen["told_events"] == 0


def test_lost_outcomes_of_a_job_are_found(service: Harness) -> None:
    answer = service.execute(ledger.count_many, {"counter_id": "a", "rows": 3}, service.secretariat())
    service.run_job(answer["job_id"])
    service.store.collection("job_outcomes").delete_one({})
    assert "job_outcomes: 2 of 3 outcomes are kept" in findings(service)


def fill(service: Harness) -> Any:
    values: list[Any] = [3, 1, None, 2, 2, None, 2]
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (3, 1, 2, 2, 4, 4, 5)]
    rows = service.store.collection("things")
    for place, (value, moment) in enumerate(zip(values, moments, strict=True)):
        rows.insert_one({"_id": f"t{place}", "value": value, "at": moment, "deep": {"value": value}})
    return rows


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
@pytest.mark.parametrize(
    "order",
    [
        (("_id", 1),), (("_id", -1),), (("value", 1),), (("value", -1),), (("at", -1), ("value", 1)),
        (("deep.value", -1), ("at", 1)), (("value", 1), ("_id", -1)),
    ],
)  # fmt: skip
def test_pages_hold_each_row_once_in_order(service: Harness, order: Any, limit: int) -> None:
    rows = fill(service)
    whole = page(rows, {}, {"limit": 200}, lambda row: row["_id"], order=order)
    assert whole["next"] is None and sorted(whole["items"]) == [f"t{place}" for place in range(7)]
    found: list[str] = []
    after = None
    while True:
        one = page(rows, {}, {"limit": limit, "after": after}, lambda row: row["_id"], order=order)
        found += one["items"]
        after = one["next"]
        if after is None:
            break
        assert len(one["items"]) == limit
    assert found == whole["items"]


def test_a_page_is_not_moved_by_new_rows(service: Harness) -> None:
    rows = fill(service)
    first = page(rows, {"value": 2}, {"limit": 2}, lambda row: row["_id"])
    rows.insert_one({"_id": "t00", "value": 2})
    second = page(rows, {"value": 2}, {"limit": 2, "after": first["next"]}, lambda row: row["_id"])
    assert (first["items"], second) == (["t3", "t4"], {"items": ["t6"], "next": None})


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "????", "多", "bnVsbA", encode_cursor(["a", "b", "c"]),
        *(base64.urlsafe_b64encode(text).decode() for text in (
            b'{"a":1}', b'[{"$gt":""},"x"]', b'[["a"],"x"]', b'[99999999999999999999,"x"]',
            b'[{"t":"2026-01-01"},"x"]', b'[NaN,"\xff"]',
        )),
    ],
)  # fmt: skip
def test_a_forged_cursor_is_refused(service: Harness, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(fill(service), {}, {"limit": 2, "after": cursor}, lambda row: row, order=(("value", 1),))
    assert refused.value.fields[0].field == "after"


def test_a_cursor_that_no_document_can_hold_is_refused(service: Harness) -> None:
    cursor = base64.urlsafe_b64encode(b'[1,"\\ud800"]').decode()
    with pytest.raises(InvalidInput):
        service.ask(ledger.list_counters, {"after": cursor}, service.anonymous)


def test_an_empty_list_is_one_page(service: Harness) -> None:
    answer = page(service.store.collection("things"), {}, {}, lambda row: row, order=())
    assert answer == {"items": [], "next": None}


def test_what_is_old_is_swept(service: Harness) -> None:
    count(service, 2)
    service.handle([service.event(ledger.AnnouncementPublished, "a", 1, ledger.announcement("a"))])
    service.attempts.begin("evt-1")
    service.context().transact("tick", lambda tx: echo(tx, service.event(*told("loop"))))
    lease = service.leases.acquire("relay")
    assert lease
    service.outbox.mark([service.outbox.take()[0]["_id"]], lease)
    assert service.run_loop("sweep_history") == 0
    old = datetime.now(UTC) - timedelta(days=3000)
    service.store.collection("outbox").update_many({"published": {"$ne": None}}, {"$set": {"published": old}})
    service.store.collection("inbox").update_many({}, {"$set": {"at": old}})
    service.store.collection("attempts").update_many({}, {"$set": {"at": old}})
    service.store.collection("told").update_many({}, {"$set": {"at": old}})
    kept = service.parts.retention
    audited = len(service.rows("audit"))
    service.clock.advance(days=kept.audit.days - 1)
    assert service.run_loop("sweep_history") == 1 + 2 + 1 + 2 + 1
    # a row that was never published is never old
    assert [row["published"] for row in service.rows("outbox")] == [None, None]
    for name in ("told", "inbox", "commands", "attempts"):
        assert service.rows(name) == []
    # business time, as decisions are: what was done must be shown for longest
    assert len(service.rows("audit")) == audited > 0
    service.clock.advance(days=2)
    assert service.run_loop("sweep_history") == audited and service.rows("audit") == []


def test_an_index_whose_options_changed_is_made_anew(service: Harness) -> None:
    keys = (("name", 1),)
    for index in (Index("indexed", keys), Index("indexed", keys), Index("indexed", keys, unique=True),
                  Index("indexed", keys, unique=True, partial={"kind": "x"})):  # fmt: skip
        service.store.ensure_indexes([index])
    made = service.store.collection("indexed").index_information()["name_1"]
    assert made["unique"] and made["partialFilterExpression"] == {"kind": "x"}
    service.ensure_indexes()


def test_invariants_read_the_service(service: Harness) -> None:
    assert ledger.no_negative(service.reading()) == []
    service.execute(ledger.count, {"counter_id": "a", "by": -1}, service.secretariat())
    assert len(service.service.invariants[0](service.reading())) == 1
