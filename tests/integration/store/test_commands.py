"""Commands: one effect for each id, whatever comes twice, at once, or in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from plumbing.store import audit
from tests.support import ledger
from tests.support.harness import Harness, names


def test_a_command_writes_everything_together(service: Harness) -> None:
    result = service.execute(
        ledger.count, {"counter_id": "a", "reason": "why"}, service.secretariat(), "cmd-1"
    )
    assert result == {"value": 1, "at": "2026-09-01T01:00:00.000Z", "facts": None}
    assert service.rows("counters")[0]["value"] == 1
    [event] = service.emitted()
    assert (event.subject, event.sequence, event.causation_id, event.correlation_id) == (
        "a",
        1,
        "cmd-1",
        "cmd-1",
    )
    [row] = service.rows("audit")
    assert (row["actor"], row["action"], row["subject"], row["reason"]) == (
        "acc-secretariat",
        "count",
        "a",
        "why",
    )
    [command] = service.rows("commands")
    assert command["_id"] == "acc-secretariat|cmd-1"
    assert command["events"] == [event.id] and command["audit_id"] == row["_id"]
    assert b"2026" not in command["result"]


def test_a_repeat_returns_the_stored_result(service: Harness) -> None:
    first = service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")
    service.clock.advance(hours=1)
    assert service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1") == first
    assert service.rows("counters")[0]["value"] == 1
    assert names(service.emitted()) == ["AnnouncementPublished"]


def test_an_id_used_for_something_else_is_a_conflict(service: Harness) -> None:
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")
    with pytest.raises(Conflict):
        service.execute(ledger.count, {"counter_id": "a", "by": 2}, service.secretariat(), "cmd-1")
    with pytest.raises(Conflict):
        service.execute(ledger.count_prepared, {"counter_id": "a"}, service.secretariat(), "cmd-1")
    # another caller's ids are another's
    service.execute(ledger.count, {"counter_id": "a", "by": 2}, service.secretariat("acc-2"), "cmd-1")
    assert service.rows("counters")[0]["value"] == 3


def test_fifty_at_once_have_one_effect(service: Harness) -> None:
    with ThreadPoolExecutor(50) as pool:
        asked = [
            pool.submit(service.execute, ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")
            for _ in range(50)
        ]
        results = [answer.result() for answer in asked]
    assert all(result == results[0] for result in results)
    assert service.rows("counters")[0]["value"] == 1
    assert len(service.emitted()) == len(service.rows("commands")) == len(service.rows("audit")) == 1


def test_many_at_once_each_count(service: Harness) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(
            lambda _: service.execute(ledger.count, {"counter_id": "a"}, service.secretariat()), range(40)
        ))  # fmt: skip
    assert service.rows("counters")[0]["value"] == 40
    assert sorted(event.sequence for event in service.emitted()) == list(range(1, 41))


def test_a_refused_command_changes_and_stores_nothing(service: Harness) -> None:
    with pytest.raises(Conflict):
        service.execute(ledger.count, {"counter_id": "a", "refuse": True}, service.secretariat(), "cmd-1")
    for name in ("counters", "outbox", "audit", "commands", "records", "chain_heads"):
        assert service.rows(name) == []
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")


def test_a_dry_run_tells_and_changes_nothing(service: Harness) -> None:
    for _ in range(2):
        result = service.execute(
            ledger.count, {"counter_id": "a", "dry_run": True}, service.secretariat(), "cmd-1"
        )
        assert result["value"] == 1
    for name in ("counters", "outbox", "audit", "commands", "records"):
        assert service.rows(name) == []
    # the same id may then do it in earnest
    assert service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")["value"] == 1


def test_a_refused_dry_run_is_refused(service: Harness) -> None:
    given = {"counter_id": "a", "dry_run": True, "refuse": True}
    with pytest.raises(Conflict):
        service.execute(ledger.count, given, service.secretariat(), "cmd-1")


def test_preparation_runs_once_for_a_repeat(service: Harness) -> None:
    ledger.prepared.clear()
    for _ in range(3):
        result = service.execute(ledger.count_prepared, {"counter_id": "p"}, service.secretariat(), "cmd-1")
        assert result["facts"] == "prepared p"
    assert ledger.prepared == ["p"]


def test_a_copy_refused_because_the_other_was_quicker_tells_what_the_other_did(service: Harness) -> None:
    given: dict[str, object] = {"counter_id": "p"}
    quicker: list[dict[str, object]] = []

    def overtake(context: object) -> None:
        ledger.disturbances.clear()
        quicker.append(service.execute(ledger.count_prepared, given, service.secretariat(), "cmd-1"))
        raise Conflict("已经有了。", "It is there already.")

    ledger.disturbances.append(overtake)
    assert service.execute(ledger.count_prepared, given, service.secretariat(), "cmd-1") == quicker[0]
    assert service.rows("counters")[0]["value"] == 1


def test_copies_at_once_of_what_works_only_once_all_tell_the_one_result(service: Harness) -> None:
    """One meets what another has just committed, before a majority holds it: that is no conflict."""

    def ask(turn: int) -> dict[str, object]:
        return service.execute(
            ledger.count_first, {"counter_id": f"c-{turn}"}, service.secretariat(), f"cmd-{turn}"
        )

    with ThreadPoolExecutor(12) as pool:
        for turn in range(25):
            results = list(pool.map(ask, [turn] * 6))
            assert all(result == results[0] for result in results)
    assert [row["value"] for row in service.rows("counters")] == [1] * 25


def test_who_may_not_is_refused_before_anything(service: Harness) -> None:
    with pytest.raises(NotSignedIn):
        service.execute(ledger.count, {"nonsense": 1}, service.anonymous)
    with pytest.raises(NotAllowed):
        service.execute(ledger.count, {"nonsense": 1}, service.entrant())
    with pytest.raises(InvalidInput):
        service.execute(ledger.count, {"nonsense": 1}, service.secretariat())
    with pytest.raises(NotFound):
        service.execute(ledger.get_counter, {"counter_id": "a"}, service.secretariat())
    with pytest.raises(NotFound):
        service.ask(ledger.count, {"counter_id": "a"}, service.secretariat())


@pytest.mark.parametrize("command_id", ["-", "a|b", "x" * 121, "多", "a b", "$where"])
def test_a_command_id_of_another_shape_is_refused(service: Harness, command_id: str) -> None:
    with pytest.raises(InvalidInput):
        service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), command_id)


def test_what_no_document_can_hold_is_refused(service: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        service.execute(ledger.count, {"counter_id": "a", "by": 2**70}, service.secretariat())
    assert refused.value.fields[0].rule == "not_storable"
    assert service.rows("counters") == []


def test_an_answer_sealed_with_a_lost_key_is_a_conflict(service: Harness) -> None:
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")
    service.store.collection("commands").update_one({}, {"$set": {"result": b"x" * 60}})
    with pytest.raises(Conflict):
        service.execute(ledger.count, {"counter_id": "a"}, service.secretariat(), "cmd-1")
    assert service.rows("counters")[0]["value"] == 1


def test_looks_at_personal_data_are_written_down(service: Harness) -> None:
    service.execute(ledger.count, {"counter_id": "a"}, service.secretariat())
    assert service.ask(ledger.get_counter, {"counter_id": "a"}, service.secretariat())["value"] == 1
    service.ask(ledger.look_at_counters, {}, service.secretariat())
    service.ask(ledger.list_counters, {}, service.anonymous)
    looks = [(row["action"], row["subject"], row["details"]) for row in service.rows("audit")][1:]
    assert looks == [
        ("get_counter", "a", {"look": True}), ("look_at_counters", "", {"look": True, "rows": 1}),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        service.ask(ledger.get_counter, {"counter_id": "b"}, service.secretariat())


def test_call_takes_either(service: Harness) -> None:
    service.call(ledger.count, {"counter_id": "a"}, service.secretariat(), command_id="cmd-1")
    assert service.call(ledger.get_counter, {"counter_id": "a"}, service.secretariat())["value"] == 1


def test_an_event_that_breaks_its_schema_is_a_fault_of_ours(service: Harness) -> None:
    from contracts.events.submission import MaterialQuarantined

    with pytest.raises(ValueError, match="breaks its schema"):
        service.transact("x", lambda tx: tx.emit(ledger.AnnouncementPublished, "a", 1, {"score": Decimal(1)}))
    with pytest.raises(ValueError, match="told by submission"):
        service.transact("x", lambda tx: tx.emit(MaterialQuarantined, "a", 1, {}))
    assert service.rows("outbox") == []


def test_the_service_itself_is_audited_when_it_writes(service: Harness) -> None:
    service.transact("look", lambda tx: tx.collection("counters").find_one({}))
    assert service.rows("audit") == []
    service.transact("own words", lambda tx: tx.audit("said", "x", reason="why", more=1))
    service.run_loop("tick")
    assert [(row["action"], row["actor"], row["reason"]) for row in service.rows("audit")] == [
        ("said", "service:notify", "why"), ("tick", "service:notify", ""),
    ]  # fmt: skip
    assert audit.subject_of({"x": 1}, {"unit_id": "u"}) == "u"
