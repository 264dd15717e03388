"""The pool of experts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound
from contracts.rpc import registration as rpc
from plumbing.identity.caller import ANONYMOUS
from tests.support.harness import names

from .conftest import Accept, expert_args, person


def enroll(service: Any, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = service.execute(
        rpc.enroll_expert, expert_args(**changes), service.secretariat("acc-s")
    )
    return answer


def test_an_expert_is_enrolled_and_invited_without_his_name_in_events(registration: Any) -> None:
    made = enroll(registration)
    assert made["status"] == "invited"
    assert set(names(registration.emitted())) == {"EditionPublished", "ExpertEnrolled", "AccountInvited"}
    told = registration.emitted("ExpertEnrolled")[0].data
    assert told["past_employers"] == [{"name": "旧单位", "until_year": 2023}]
    assert "韩梅梅" not in str(told)


def test_accepting_makes_him_active(registration: Any, accept: Accept) -> None:
    made = enroll(registration)
    caller = accept(made["account_id"])
    assert caller.expert_id == made["expert_id"]
    assert registration.emitted("ExpertUpdated")[0].data["status"] == "active"
    shown = registration.ask(rpc.get_expert, {"expert_id": made["expert_id"]}, caller)
    assert shown["phone"].startswith("+86138")


def test_declining_is_told(registration: Any, invited_secret: Callable[[str], str]) -> None:
    made = enroll(registration)
    secret = invited_secret(made["account_id"])
    done = registration.execute(rpc.decline_invitation, {"secret": secret}, ANONYMOUS)
    assert done["status"] == "declined"
    assert registration.emitted("ExpertUpdated")[0].data["status"] == "declined"
    with pytest.raises(NotFound):
        registration.execute(rpc.decline_invitation, {"secret": secret}, ANONYMOUS)


def test_a_track_nobody_published_is_refused(registration: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        enroll(registration, tracks=["industry", "moon"])
    assert refused.value.fields[0].field == "tracks.1"


def test_many_are_enrolled_row_by_row(registration: Any) -> None:
    enroll(registration, person=person(email="taken@example.cn"))
    rows = [
        expert_args(),
        expert_args(person=person(email="taken@example.cn")),
        expert_args(tracks=["moon"]),
        expert_args(person=person(phone="1")),
        expert_args(person=person(email="twice@example.cn")),
        expert_args(person=person(email="Twice@example.cn")),
    ]
    args = {"experts": rows}
    plan = registration.execute(rpc.enroll_experts, args | {"dry_run": True}, registration.secretariat())
    assert (plan["enrolled"], plan["refused"]) == (2, 4)
    assert len(registration.rows("experts")) == 1
    done = registration.execute(rpc.enroll_experts, args, registration.secretariat())
    assert [row["outcome"] for row in done["rows"]] == [row["outcome"] for row in plan["rows"]]
    assert [row["problem"]["code"] for row in done["rows"] if row["problem"]] == [
        "Conflict", "InvalidInput", "InvalidInput", "Conflict",
    ]  # fmt: skip
    assert len(registration.rows("experts")) == 3


def test_particulars_change_but_not_his_own_capacity(
    registration: Any, accept: Accept
) -> None:
    made = enroll(registration)
    caller = accept(made["account_id"])
    base = {"expert_id": made["expert_id"], "version": 2}
    with pytest.raises(NotAllowed):
        registration.execute(rpc.update_expert, base | {"capacity": 1}, caller)
    with pytest.raises(InvalidInput):
        registration.execute(rpc.update_expert, base | {"tracks": ["moon"]}, caller)
    registration.execute(rpc.update_expert, base | {"employer": "新单位", "tracks": ["sharing"]}, caller)
    with pytest.raises(Conflict):
        registration.execute(rpc.update_expert, base | {"employer": "又一单位"}, caller)
    with pytest.raises(NotFound):
        registration.execute(
            rpc.update_expert, base | {"version": 3, "employer": "x"}, registration.expert("exp-other")
        )
    registration.execute(
        rpc.update_expert, base | {"version": 3, "capacity": 5}, registration.secretariat()
    )
    told = max(registration.emitted("ExpertUpdated"), key=lambda event: event.sequence)
    assert (told.data["employer"], told.data["capacity"], told.data["tracks"]) == ("新单位", 5, ["sharing"])


def test_suspension_signs_out_and_is_undone(registration: Any, accept: Accept) -> None:
    made = enroll(registration)
    accept(made["account_id"])
    args = {"expert_id": made["expert_id"], "reason": "利益冲突核查"}
    registration.execute(rpc.suspend_expert, args, registration.secretariat())
    assert registration.emitted("ExpertSuspended")[0].data["reason"] == "利益冲突核查"
    assert registration.emitted("SessionsRevoked")[0].data["account_id"] == made["account_id"]
    with pytest.raises(Conflict):
        registration.execute(rpc.suspend_expert, args, registration.secretariat())
    done = registration.execute(rpc.reinstate_expert, args, registration.secretariat())
    assert done["status"] == "active"
    with pytest.raises(Conflict):
        registration.execute(rpc.reinstate_expert, args, registration.secretariat())


def test_an_invited_expert_is_reinstated_as_invited(
    registration: Any, invited_secret: Callable[[str], str]
) -> None:
    made = enroll(registration)
    args = {"expert_id": made["expert_id"], "reason": "x"}
    registration.execute(rpc.suspend_expert, args, registration.secretariat())
    secret = invited_secret(made["account_id"])
    with pytest.raises(Conflict):
        registration.execute(
            rpc.accept_invitation, {"secret": secret, "password": "long enough 1"}, ANONYMOUS
        )
    assert registration.execute(rpc.reinstate_expert, args, registration.secretariat())["status"] == "invited"


def test_lists_filter_and_mask(registration: Any) -> None:
    enroll(registration, tracks=["sharing"])
    enroll(registration)
    found = registration.ask(rpc.list_experts, {"track": "sharing"}, registration.secretariat())["items"]
    assert [row["tracks"] for row in found] == [["sharing"]]
    assert "***@" in found[0]["email"]
    masked = registration.ask(
        rpc.get_expert, {"expert_id": found[0]["expert_id"]}, registration.auditor()
    )
    assert "*" in masked["phone"]
    with pytest.raises(NotFound):
        registration.ask(rpc.get_expert, {"expert_id": found[0]["expert_id"]}, registration.expert("exp-x"))
