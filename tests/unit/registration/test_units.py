"""Signing units up, changing and suspending them, inviting members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, OutsideWindow, TooManyRequests
from contracts.rpc import registration as rpc
from plumbing.identity.caller import ANONYMOUS, Caller
from services.registration.domain import limits
from tests.support.harness import names

from .conftest import Accept, person, unit_args


def register(service: Any, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = service.execute(rpc.register_unit, unit_args(**changes), ANONYMOUS)
    return answer


def test_a_unit_signs_up_and_its_contact_is_invited(registration: Any) -> None:
    made = register(registration)
    assert sorted(names(registration.emitted())) == ["AccountInvited", "EditionPublished", "UnitRegistered"]
    told = registration.emitted("UnitRegistered")[0].data
    assert told["status"] == "active"
    assert told["contact_account"] == made["account_id"]
    assert "example.cn" not in str([event.data for event in registration.emitted()])


def test_signing_up_twice_with_one_command_id_happens_once(registration: Any) -> None:
    args = unit_args()
    first = registration.execute(rpc.register_unit, args, ANONYMOUS, command_id="once")
    assert registration.execute(rpc.register_unit, args, ANONYMOUS, command_id="once") == first
    assert len(registration.rows("units")) == 1


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        (datetime(2025, 3, 9, 15, 59, 59, 999000, tzinfo=UTC), False),
        (datetime(2025, 5, 16, 16, 0, tzinfo=UTC), True),
    ],
)
def test_sign_up_keeps_to_its_window(registration: Any, moment: datetime, late: bool) -> None:
    registration.clock.set(moment)
    with pytest.raises(OutsideWindow) as refused:
        register(registration)
    assert refused.value.facts["window"] == "signup"
    assert ("已经结束" in refused.value.zh) == late


def test_the_last_millisecond_counts(registration: Any) -> None:
    registration.clock.set(datetime(2025, 5, 16, 15, 59, 59, 999000, tzinfo=UTC))
    assert register(registration)["unit_id"]


def test_a_credit_code_registers_once_for_all_editions(registration: Any) -> None:
    args = unit_args()
    registration.execute(rpc.register_unit, args, ANONYMOUS)
    with pytest.raises(Conflict, match="已经注册过"):
        registration.execute(rpc.register_unit, args | {"contact": person()}, ANONYMOUS)
    assert len(registration.rows("accounts")) == 1


def test_a_mailbox_has_one_account(registration: Any) -> None:
    register(registration, contact=person(email="Same@Example.cn"))
    with pytest.raises(Conflict, match="电子邮箱"):
        register(registration, contact=person(email="same@example.CN"))
    assert len(registration.rows("units")) == 1


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"uscc": "911100001000000010"}, "uscc", "uscc_check_digit"),
        ({"uscc": "短"}, "uscc", "uscc_shape"),
        ({"province": "99"}, "province", "province"),
        ({"kind": "club"}, "kind", "choice"),
        ({"contact": person(email="nobody@nowhere")}, "contact.email", "email"),
        ({"contact": person(email="a@exa mple.cn")}, "contact.email", "email"),
        ({"contact": person(phone="12345")}, "contact.phone", "phone"),
        ({"contact": person(phone="+1 555")}, "contact.phone", "phone"),
        ({"name": ""}, "name", "length"),
        ({"surplus": 1}, "surplus", "unknown"),
    ],
)
def test_bad_input_is_named_field_by_field(
    registration: Any, changes: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        register(registration, **changes)
    assert (field, rule) in {(error.field, error.rule) for error in refused.value.fields}
    assert registration.rows("units") == registration.rows("accounts") == []


def test_a_kind_the_edition_does_not_admit_is_refused(registration: Any) -> None:
    from .conftest import edition_data

    data = edition_data() | {"unit_kinds": ["school"]}
    registration.execute(rpc.publish_edition, {"edition": data}, registration.secretariat())
    with pytest.raises(InvalidInput) as refused:
        register(registration)
    assert refused.value.fields[0].rule == "eligibility"


def test_one_address_does_not_sign_up_without_end(registration: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIGNUPS", limits.Limit("signups.address", 2, 3600))
    caller = Caller("anonymous", address="10.0.0.1")
    for _ in range(2):
        registration.execute(rpc.register_unit, unit_args(), caller)
    with pytest.raises(TooManyRequests) as refused:
        registration.execute(rpc.register_unit, unit_args(), caller)
    assert 0 < refused.value.facts["wait_seconds"] <= 3600


def test_particulars_change_from_the_version_seen(registration: Any) -> None:
    made = register(registration)
    caller = registration.entrant(made["unit_id"])
    done = registration.execute(
        rpc.update_unit,
        {"unit_id": made["unit_id"], "version": 1, "name": "新名", "recommender": None},
        caller,
    )
    assert done["version"] == 2
    told = registration.emitted("UnitUpdated")[0].data
    assert (told["name"], told["recommender"], told["province"]) == ("新名", None, "11")
    with pytest.raises(Conflict):
        registration.execute(
            rpc.update_unit, {"unit_id": made["unit_id"], "version": 1, "name": "旧"}, caller
        )


def test_the_contact_is_handed_to_an_active_member(registration: Any, accept: Accept) -> None:
    made = register(registration)
    owner = accept(made["account_id"])
    member = registration.execute(rpc.invite_member, {"person": person("张三")}, owner)
    args = {"unit_id": made["unit_id"], "version": 2, "contact_account": member["account_id"]}
    with pytest.raises(InvalidInput):
        registration.execute(rpc.update_unit, args, owner)
    accept(member["account_id"])
    registration.execute(rpc.update_unit, args, owner)
    told = registration.emitted("UnitUpdated")[0].data
    assert told["contact_account"] == member["account_id"]


def test_another_units_entrant_does_not_learn_of_it(registration: Any) -> None:
    made = register(registration)
    stranger = registration.entrant("unit-other")
    with pytest.raises(NotFound):
        registration.ask(rpc.get_unit, {"unit_id": made["unit_id"]}, stranger)
    with pytest.raises(NotFound):
        registration.execute(rpc.update_unit, {"unit_id": made["unit_id"], "version": 1}, stranger)
    with pytest.raises(NotFound):
        registration.execute(
            rpc.invite_member, {"unit_id": made["unit_id"], "person": person()}, stranger
        )
    with pytest.raises(NotFound):
        registration.ask(rpc.get_unit, {"unit_id": "unit-none"}, registration.secretariat())


def test_suspension_is_told_signs_out_and_is_undone(registration: Any, accept: Accept) -> None:
    made = register(registration)
    owner = accept(made["account_id"])
    args = {"unit_id": made["unit_id"], "reason": "核查"}
    registration.execute(rpc.suspend_unit, args, registration.secretariat())
    assert {"UnitSuspended", "SessionsRevoked"} <= set(names(registration.emitted()))
    assert {row["ended"] for row in registration.rows("sessions")} == {"unit suspended"}
    with pytest.raises(Conflict):
        registration.execute(rpc.suspend_unit, args, registration.secretariat())
    with pytest.raises(Conflict):
        registration.execute(
            rpc.update_unit, {"unit_id": made["unit_id"], "version": 2, "name": "x"}, owner
        )
    [row] = registration.rows("accounts")
    from .conftest import sign_in

    with pytest.raises(NotAllowed):
        sign_in(registration, row["email"])
    registration.execute(rpc.reinstate_unit, args, registration.secretariat())
    assert registration.emitted("UnitUpdated")[0].data["status"] == "active"
    assert sign_in(registration, row["email"])["account_id"] == made["account_id"]
    with pytest.raises(Conflict):
        registration.execute(rpc.reinstate_unit, args, registration.secretariat())


def test_members_are_few(registration: Any) -> None:
    made = register(registration)
    owner = registration.entrant(made["unit_id"])
    for _ in range(19):
        registration.execute(rpc.invite_member, {"person": person()}, owner)
    with pytest.raises(Conflict):
        registration.execute(rpc.invite_member, {"person": person()}, owner)
    with pytest.raises(InvalidInput):
        registration.execute(rpc.invite_member, {"person": person()}, registration.secretariat())


def test_lists_are_masked_paged_and_filtered(registration: Any) -> None:
    made = [register(registration, contact=person("王五", phone="13800138000")) for _ in range(3)]
    page = registration.ask(rpc.list_units, {"limit": 2}, registration.auditor())
    assert [row["unit_id"] for row in page["items"]] == [each["unit_id"] for each in made[:2]]
    assert page["items"][0]["contact_phone"] == "+86*******8000"
    assert "***@example.cn" in page["items"][0]["contact_email"]
    rest = registration.ask(rpc.list_units, {"limit": 2, "after": page["next"]}, registration.auditor())
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert registration.ask(rpc.list_units, {"province": "12"}, registration.auditor())["items"] == []


def test_looking_at_a_unit_is_audited(registration: Any) -> None:
    made = register(registration)
    whole = registration.ask(rpc.get_unit, {"unit_id": made["unit_id"]}, registration.secretariat())
    masked = registration.ask(rpc.get_unit, {"unit_id": made["unit_id"]}, registration.auditor())
    assert whole["members"][0]["phone"].startswith("+86138")
    assert "*" in masked["members"][0]["phone"]
    assert len(registration.rows("audit", {"action": "get_unit"})) == 2
