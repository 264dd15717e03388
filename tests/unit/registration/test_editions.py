"""Publishing editions, moving their dates, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound
from contracts.rpc import registration as rpc
from plumbing.clock import LocalClock
from plumbing.identity.caller import ANONYMOUS
from tests.support.harness import names

from .conftest import edition_data


def test_publishing_tells_the_whole_rules(registration: Any) -> None:
    [event] = registration.emitted("EditionPublished")
    assert (event.subject, event.sequence) == ("xinlv-3", 1)
    assert len(event.data["edition"]["tracks"]) == 10
    shown = registration.ask(rpc.get_edition, {"edition_id": "xinlv-3"}, ANONYMOUS)
    assert shown["version"] == shown["edition"]["version"] == 1
    assert [row["code"] for row in registration.ask(rpc.list_editions, {}, ANONYMOUS)["items"]] == ["XL3"]


def test_publishing_the_same_again_changes_nothing(registration: Any) -> None:
    again = registration.execute(rpc.publish_edition, {"edition": edition_data()}, registration.secretariat())
    assert again == {"edition_id": "xinlv-3", "version": 1, "changed": False, "changes": []}
    assert len(registration.emitted("EditionPublished")) == 1


def test_a_rule_that_came_since_with_its_default_changes_nothing(registration: Any) -> None:
    row = registration.rows("editions")[0]
    for stage in row["edition"]["stages"]:
        del stage["method"]["most_extra"]
    registration.store.collection("editions").replace_one({"_id": row["_id"]}, row)
    again = registration.execute(rpc.publish_edition, {"edition": edition_data()}, registration.secretariat())
    assert (again["version"], again["changed"]) == (1, False)


def test_dry_run_shows_the_difference_and_writes_nothing(registration: Any) -> None:
    data = edition_data()
    data["windows"][5]["closes_at"] = "2025-08-20T00:00:00+08:00"
    data["max_cases_per_unit"] = 3
    del data["prizes"][5]
    told = registration.execute(
        rpc.publish_edition, {"edition": data, "dry_run": True}, registration.secretariat()
    )
    assert told["version"] == 2
    assert {(change["part"], change["change"]) for change in told["changes"]} == {
        ("windows.final", "changed"), ("max_cases_per_unit", "changed"),
        ("prizes.best_contribution", "removed"),
    }  # fmt: skip
    assert registration.ask(rpc.get_edition, {"edition_id": "xinlv-3"}, ANONYMOUS)["version"] == 1


def test_a_new_version_is_kept_beside_the_old(registration: Any) -> None:
    data = edition_data() | {"max_cases_per_unit": 3}
    registration.execute(rpc.publish_edition, {"edition": data}, registration.secretariat())
    assert [row["_id"] for row in registration.rows("edition_versions")] == ["xinlv-3:1", "xinlv-3:2"]


def test_what_is_over_stays(registration: Any) -> None:
    registration.clock.set(datetime(2025, 6, 20, tzinfo=UTC))
    data = edition_data() | {"code": "XL4"}
    data["windows"][0]["closes_at"] = "2025-07-01T00:00:00+08:00"
    data["stages"][0]["panel"] = 3
    data["tracks"][0]["number"] = 11
    with pytest.raises(InvalidInput) as refused:
        registration.execute(rpc.publish_edition, {"edition": data}, registration.secretariat())
    assert {error.field for error in refused.value.fields} == {
        "windows.signup.closes_at", "stages.formal", "tracks.industry", "code",
    }  # fmt: skip


def test_a_code_belongs_to_one_edition(registration: Any) -> None:
    with pytest.raises(Conflict):
        registration.execute(
            rpc.publish_edition, {"edition": edition_data() | {"id": "other"}}, registration.secretariat()
        )


def test_moving_a_window_is_announced(registration: Any) -> None:
    args = {"edition_id": "xinlv-3", "window": "final", "reason": "会场调整",
            "opens_at": "2025-08-10T00:00:00+08:00", "closes_at": "2025-08-22T00:00:00+08:00"}  # fmt: skip
    plan = registration.execute(rpc.move_schedule, args | {"dry_run": True}, registration.secretariat())
    assert plan["version"] == 2
    assert len(registration.emitted()) == 1
    assert registration.execute(rpc.move_schedule, args, registration.secretariat()) == plan
    assert sorted(names(registration.emitted())) == ["EditionPublished", "EditionPublished", "ScheduleMoved"]
    moved = registration.emitted("ScheduleMoved")[0].data
    assert (moved["old_closes_at"], moved["reason"]) == ("2025-08-15T16:00:00.000Z", "会场调整")


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"opens_at": "2025-03-20T00:00:00+08:00"}, "windows.signup.opens_at"),
        ({"closes_at": "2025-03-20T00:00:00+08:00"}, "closes_at"),
        ({"closes_at": "2025-03-01T00:00:00+08:00"}, "closes_at"),
    ],
)
def test_a_window_is_not_moved_into_the_past(registration: Any, bounds: dict[str, str], field: str) -> None:
    args = {"edition_id": "xinlv-3", "window": "signup", "reason": "x", **bounds}
    with pytest.raises(InvalidInput) as refused:
        registration.execute(rpc.move_schedule, args, registration.secretariat())
    assert field in {error.field for error in refused.value.fields}


def test_moving_needs_a_window_a_change_and_a_reason(registration: Any) -> None:
    base = {"edition_id": "xinlv-3", "reason": "x"}
    with pytest.raises(NotFound):
        registration.execute(rpc.move_schedule, base | {"window": "nowhere"}, registration.secretariat())
    with pytest.raises(Conflict):
        registration.execute(rpc.move_schedule, base | {"window": "final"}, registration.secretariat())
    with pytest.raises(InvalidInput):
        registration.execute(
            rpc.move_schedule, base | {"window": "final", "reason": ""}, registration.secretariat()
        )
    with pytest.raises(NotFound):
        registration.ask(rpc.get_edition, {"edition_id": "none"}, ANONYMOUS)


def test_too_much_is_refused(registration: Any) -> None:
    data = edition_data()
    text = {"zh": "字" * 3900, "en": "x" * 3900}
    data["reasons"] += [{"code": f"X-{n}", "text": text, "applies": ["disqualify"]} for n in range(120)]
    with pytest.raises(InvalidInput) as refused:
        registration.execute(rpc.publish_edition, {"edition": data}, registration.secretariat())
    assert refused.value.fields[0].rule == "too_long"


class TestClock:
    def test_moves_forward_for_everybody(self, harness: Any, mongo_client: Any) -> None:
        from services.registration.service import SERVICE

        clock = LocalClock(mongo_client)
        service = harness(SERVICE, clock=clock)
        before = clock.now()
        planned = service.execute(rpc.advance_clock, {"seconds": 7200, "dry_run": True}, service.operator())
        assert datetime.fromisoformat(planned["now"]) - before >= timedelta(hours=2)
        told = service.execute(rpc.advance_clock, {"seconds": 3600}, service.operator())
        assert timedelta(hours=1) <= datetime.fromisoformat(told["now"]) - before < timedelta(hours=2)
        assert service.ask(rpc.business_time, {}, ANONYMOUS)["offset_seconds"] >= 3600
        with pytest.raises(InvalidInput):
            service.execute(rpc.advance_clock, {"to": "2020-01-01T00:00:00Z"}, service.operator())
        with pytest.raises(InvalidInput):
            service.execute(rpc.advance_clock, {}, service.operator())
        with pytest.raises(InvalidInput):
            service.execute(rpc.advance_clock, {"to": "2199-01-01T00:00:00Z"}, service.operator())

    def test_stands_in_production(self, harness: Any) -> None:
        from plumbing.settings import Settings
        from services.registration.service import SERVICE

        service = harness(SERVICE, settings=Settings(profile="production", service="registration"))
        with pytest.raises(NotAllowed):
            service.execute(rpc.advance_clock, {"seconds": 60}, service.operator())
        assert service.ask(rpc.business_time, {}, ANONYMOUS)["offset_seconds"] == 0
