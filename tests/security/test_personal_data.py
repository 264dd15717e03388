"""A person's copy of his data and his erasure, over all five services, whatever is told again afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from marshmallow import Schema, fields

from contracts.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from contracts.rpc import Method, all_methods
from contracts.rpc import awards as awards_rpc
from contracts.rpc import notify as notify_rpc
from contracts.rpc import registration as rpc
from contracts.rpc.common import common_of
from contracts.words import Role
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller
from plumbing.store.inbox import Status
from services.awards.service import SERVICE as AWARDS
from services.notify.service import SERVICE as NOTIFY
from services.registration.service import SERVICE as REGISTRATION
from services.review.service import SERVICE as REVIEW
from services.submission.service import SERVICE as SUBMISSION
from tests.fakes.contest import EDITION_ID, RULES
from tests.fakes.entries import IN_TIME
from tests.integration.awards.world import World as AwardsWorld
from tests.integration.review.contest import make_uscc
from tests.security.worlds import PHONE, person, whole
from tests.support.harness import Harness, MakeHarness

NAME, MAIL, EMPLOYER, FORMER = "林晚晴", "lin.wanqing@mail.example.cn", "绿能研究院", "前东家有限公司"
OBJECTOR = {"kind": "person", "name": NAME, "phone": PHONE, "email": MAIL}
TRACES = (NAME, MAIL, PHONE, f"+86{PHONE}", EMPLOYER, FORMER, "lin.wanqing")


class Everything:
    """Five services that reach each other, and one expert who left something in each."""

    def __init__(self, harness: MakeHarness) -> None:
        self.registration: Harness = harness(whole(REGISTRATION))
        awards = harness(whole(AWARDS))
        self.services = [
            self.registration, awards, *(harness(whole(service)) for service in (REVIEW, NOTIFY, SUBMISSION)),
        ]  # fmt: skip
        self.by_name = {service.service.name: service for service in self.services}
        self.operator = Caller("acc-operator", frozenset({Role.OPERATOR}))
        self.told: list[Any] = []
        AwardsWorld(awards).final([1, 2])
        self.awards = awards
        self.registration.clock.set(IN_TIME)
        office = self.registration.secretariat()
        self.registration.execute(rpc.publish_edition, {"edition": RULES}, office)
        self.account, self.expert = self._enroll(office)
        self.pass_on()
        self._object()

    def _enroll(self, office: Caller) -> tuple[str, str]:
        args = {
            "person": {"name": NAME, "email": MAIL, "phone": PHONE}, "employer": EMPLOYER, "province": "11",
            "past_employers": [{"name": FORMER, "until_year": 2023}],
            "tracks": [RULES["tracks"][0]["id"]], "capacity": 5,
        }  # fmt: skip
        made = self.registration.execute(rpc.enroll_expert, args, office)
        asked = {"account_id": made["account_id"], "purpose": "invitation"}
        link = self.registration.execute(rpc.letter_link, asked, service_caller("notify"))
        args = {"secret": link["url"].rpartition("/")[2], "password": "correct horse 电池"}
        self.registration.execute(rpc.accept_invitation, args, ANONYMOUS)
        return made["account_id"], made["expert_id"]

    def _object(self) -> None:
        awards, office = self.awards, self.awards.secretariat()
        awards.clock.set(IN_TIME.replace(month=9))
        proposal = awards.execute(awards_rpc.propose_awards, {"edition_id": EDITION_ID}, office)
        awards.execute(awards_rpc.open_publicity, {"proposal_id": proposal["proposal_id"]}, office)
        args = {
            "award_id": awards.rows("awards")[0]["_id"], "objector": OBJECTOR, "grounds": "数据不实",
            "evidence": [{"description": "现场记录"}],
        }  # fmt: skip
        self.objection = awards.execute(awards_rpc.file_objection, args, Caller(self.account))["objection_id"]

    def pass_on(self) -> None:
        """Hand everything registration told to every service."""
        self.told = self.registration.emitted()
        for service in self.services:
            reacting = [event for event in self.told if service.reactions_to(event)]
            statuses = {outcome.status for outcome in service.handle(reacting)}
            assert statuses <= {Status.HANDLED, Status.REPEATED}, (service.service.name, statuses)

    def erase(self, **more: Any) -> dict[str, Any]:
        args = {"account_id": self.account, "reason": "本人申请", **more}
        return self.registration.execute(rpc.erase_personal_data, args, self.operator)

    def erase_in_two_steps(self) -> None:
        version = self.erase(dry_run=True)["version"] - 1
        self.erase(version=version)
        self.pass_on()

    def traces(self) -> list[tuple[str, str, str]]:
        """Return where anything of the person still stands; the events' own history aside."""
        found = []
        for service in self.services:
            for collection in service.store.database.list_collection_names():
                for row in service.rows(collection) if collection != "outbox" else ():
                    text = json.dumps(row, ensure_ascii=False, default=str)
                    found += [(service.service.name, collection, trace) for trace in TRACES if trace in text]
        return found


@pytest.fixture
def everything(harness: MakeHarness) -> Everything:
    return Everything(harness)


def test_the_copy_holds_what_every_service_keeps_and_no_secret(everything: Everything) -> None:
    args = {"account_id": everything.account, "reason": "本人申请"}
    told = everything.registration.ask(rpc.export_personal_data, args, everything.operator)
    rpc.export_personal_data.result().load(told)
    found = {part["service"]: {row["collection"] for row in part["records"]} for part in told["parts"]}
    assert found == {
        "registration": {"accounts", "experts"}, "submission": set(), "review": {"experts"},
        "awards": {"objections"}, "notify": {"letters"},
    }  # fmt: skip
    text = json.dumps(told, ensure_ascii=False)
    assert all(trace in text for trace in (NAME, MAIL, EMPLOYER, FORMER)) and "argon2" not in text
    [look] = everything.registration.rows("audit", {"action": "export_personal_data"})
    assert look["reason"] == "本人申请" and look["subject"] == everything.account
    assert everything.by_name["review"].rows("audit", {"action": "personal_data"})


def test_erasure_takes_two_steps(everything: Everything) -> None:
    with pytest.raises(InvalidInput):
        everything.erase()
    seen = everything.erase(dry_run=True)
    assert {(row["service"], row["collection"]) for row in seen["rows"]} == {
        ("registration", "accounts"), ("registration", "experts"), ("review", "experts"),
        ("awards", "objections"), ("notify", "letters"),
    }  # fmt: skip
    assert everything.traces(), "a dry run must leave all as it is"
    with pytest.raises(Conflict):
        everything.erase(version=seen["version"] + 7)
    for caller in (everything.registration.secretariat(), everything.registration.auditor()):
        with pytest.raises(NotAllowed):
            everything.registration.execute(rpc.erase_personal_data, {}, caller)


def test_nothing_of_the_person_is_left_anywhere(everything: Everything) -> None:
    everything.erase_in_two_steps()
    assert everything.traces() == []
    registration = everything.registration
    [account] = registration.rows("accounts", {"_id": everything.account})
    assert (account["status"], account["password"], account["email"]) == ("erased", None, "")
    with pytest.raises(NotSignedIn):
        args = {"email": MAIL, "password": "correct horse 电池"}
        registration.execute(rpc.sign_in, args, ANONYMOUS)
    with pytest.raises(NotFound):
        asked = {"account_id": everything.account}
        registration.ask(rpc.letter_recipient, asked, service_caller("notify"))
    for change in (rpc.reinstate_account, rpc.suspend_account):
        with pytest.raises(Conflict):
            args = {"account_id": everything.account, "reason": "x"}
            registration.execute(change, args, everything.operator)
    with pytest.raises(Conflict):
        everything.erase(version=account["version"])
    [event] = registration.emitted("PersonalDataErased")
    assert event.data.keys() == {"account_id", "erased_at"}
    shown = everything.awards.ask(
        awards_rpc.get_objection, {"objection_id": everything.objection}, everything.awards.secretariat()
    )
    assert (shown["phone"], shown["email"], shown["grounds"]) == ("", "", "数据不实")


def test_nothing_comes_back_when_all_events_are_told_again(everything: Everything) -> None:
    everything.erase_in_two_steps()
    for service in everything.services:
        # as after a backup from before the first event: only the mark of the erasure is still there
        for name in ("inbox", "experts", "letters", "messages"):
            if service is not everything.registration:
                service.store.collection(name).delete_many({})
        for events in (everything.told, list(reversed(everything.told)), everything.told[:4]):
            service.handle([event for event in events if service.reactions_to(event)])
    assert everything.traces() == []


def test_the_address_is_free_again_and_lists_show_nothing_odd(everything: Everything) -> None:
    everything.erase_in_two_steps()
    args = {"role": "auditor", "person": {"name": "新人", "email": MAIL, "phone": PHONE}}
    everything.registration.execute(rpc.invite_account, args, everything.operator)
    rows = everything.registration.ask(rpc.list_accounts, {}, everything.operator)["items"]
    [row] = [row for row in rows if row["account_id"] == everything.account]
    assert (row["name"], row["email"], row["phone"]) == ("已注销", "", "")


def test_a_contact_hands_over_before_he_goes(everything: Everything) -> None:
    registration = everything.registration
    registration.clock.set(IN_TIME)
    args = {"edition_id": EDITION_ID, "name": "单位", "uscc": make_uscc(7), "kind": "enterprise",
            "province": "11", "contact": person("contact")}  # fmt: skip
    unit = registration.execute(rpc.register_unit, args, ANONYMOUS)
    args = {"unit_id": unit["unit_id"], "person": person("member")}
    member = registration.execute(rpc.invite_member, args, registration.secretariat())["account_id"]
    registration.store.collection("accounts").update_one({"_id": member}, {"$set": {"status": "active"}})
    args = {"account_id": unit["account_id"], "reason": "离职", "dry_run": True}
    with pytest.raises(Conflict):
        registration.execute(rpc.erase_personal_data, args, everything.operator)


def test_objectors_contacts_go_by_themselves_when_their_time_is_over(everything: Everything) -> None:
    awards = everything.awards
    args = {"objection_id": everything.objection, "outcome": "dismissed", "resolution": "已核实"}
    awards.execute(awards_rpc.resolve_objection, args, awards.secretariat())
    resolved = awards.clock.now()
    awards.clock.set(resolved + awards.parts.retention.contacts - timedelta(days=1))
    assert awards.run_loop("forget_objectors") == 0
    awards.clock.set(resolved + awards.parts.retention.contacts + timedelta(days=1))
    assert awards.run_loop("forget_objectors") == 1 and awards.run_loop("forget_objectors") == 0
    assert awards.rows("objections")[0]["objector"]["phone"] == ""


def test_only_registration_gathers(everything: Everything) -> None:
    method = common_of("review").personal_data
    for name in ("awards", "notify", "submission"):
        with pytest.raises(NotAllowed):
            everything.by_name["review"].ask(method, {"account_id": "acc-1"}, service_caller(name))


def _contacts(schema: Schema, path: str = "") -> Iterator[str]:
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from _contacts(inner.schema, f"{path}{name}.")
        elif name in ("email", "phone", "sent_to") or name.endswith(("_email", "_phone")):
            yield f"{path}{name}"


SHOWING = {method.full_name: method for method in all_methods() if list(_contacts(method.result()))}


def test_whatever_shows_a_contact_is_masked_or_audited() -> None:
    lists = {name for name, method in SHOWING.items() if method.paged}
    assert lists == {
        "registration.list_accounts", "registration.list_experts", "registration.list_units",
        "awards.list_objections", "notify.list_letters",
    }  # fmt: skip
    own_or_masked = {"registration.who_am_i", "notify.get_letter"}
    assert all(method.personal for name, method in SHOWING.items() if name not in lists | own_or_masked)


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("registration", rpc.list_accounts), ("registration", rpc.list_experts),
        ("awards", awards_rpc.list_objections), ("notify", notify_rpc.list_letters),
    ],
    ids=lambda value: getattr(value, "name", value),
)  # fmt: skip
def test_lists_are_masked(everything: Everything, service: str, method: Method) -> None:
    notify = everything.by_name["notify"]
    notify.store.collection("letters").update_many({}, {"$set": {"sent_to": "l***@mail.example.cn"}})
    shown = everything.by_name[service].ask(method, {}, everything.registration.secretariat())
    text = json.dumps(shown, ensure_ascii=False)
    assert shown["items"] and not any(trace in text for trace in (MAIL, PHONE, "lin.wanqing"))
    assert "***@mail.example.cn" in text


def test_every_look_is_written_down(everything: Everything) -> None:
    registration, asked = everything.registration, {"expert_id": everything.expert}
    for caller in (registration.secretariat(), registration.auditor(), everything.operator):
        registration.ask(rpc.get_expert, asked, caller)
    looks = registration.rows("audit", {"action": "get_expert", "details.look": True})
    assert [row["actor"] for row in looks] == ["acc-secretariat", "acc-auditor", "acc-operator"]
    assert {row["subject"] for row in looks} == {everything.expert}
