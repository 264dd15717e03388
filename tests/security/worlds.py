"""One small world a service: what each outsider has of his own and what is another's, by method."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.events import registration as told
from contracts.rpc import awards as awards_rpc
from contracts.rpc import registration as registration_rpc
from contracts.words import Role
from plumbing.bus.shelf import Shelf
from plumbing.identity.caller import ANONYMOUS, Caller, service_caller
from plumbing.materials import connect
from plumbing.operations import with_common
from plumbing.service import Service
from plumbing.settings import Settings
from services.awards.service import SERVICE as AWARDS
from services.notify.service import SERVICE as NOTIFY
from services.registration.service import SERVICE as REGISTRATION
from services.submission import repository as submission
from services.submission.service import SERVICE as SUBMISSION
from tests.fakes.contest import EDITION_ID, RULES, UNIT
from tests.fakes.contest import told as happening
from tests.fakes.entries import IN_TIME, a_material, an_entry, filled
from tests.integration.awards.world import EDITION as AWARDS_EDITION
from tests.integration.awards.world import World as AwardsWorld
from tests.integration.review.contest import Contest, make_uscc
from tests.support.harness import Harness, MakeHarness

Json = dict[str, Any]
NO_BROKER = "amqp://nobody:nothing@127.0.0.1:1/none"
PHONE = "13800138000"


@dataclass
class World:
    """``own`` and ``foreign`` are arguments by method name; ``callers`` the people they are said of."""

    service: Harness
    own: dict[str, Json]
    foreign: dict[str, Json]
    callers: dict[Role, Caller] = field(default_factory=dict)
    lists: dict[str, tuple[Json, str, set[str]]] = field(default_factory=dict)
    """Lists cut to one's own: arguments that ask for all, the row's field, and the only values in it."""
    strangers: dict[str, Caller] = field(default_factory=dict)
    """For whom one's own object of a method is foreign, where there is no other object."""

    def caller(self, role: Role | None, service: str = "review") -> Caller:
        """Return who acts in a role."""
        if role is None:
            return ANONYMOUS
        if role is Role.SERVICE:
            return service_caller(service)
        return self.callers.get(role) or Caller(f"acc-{role}", frozenset({role}))


def whole(service: Service) -> Service:
    """Return the service as its process has it; what needs the broker finds none."""
    return with_common(service, Shelf(NO_BROKER, service.name))


def person(name: str) -> Json:
    """Return somebody who can be reached."""
    return {"name": name, "email": f"{name}@mail.example.cn", "phone": PHONE}


def registration_world(make: MakeHarness) -> World:
    """Two units and two experts that signed up for real."""
    service = make(whole(REGISTRATION))
    service.clock.set(IN_TIME)
    office = service.secretariat()
    service.execute(registration_rpc.publish_edition, {"edition": RULES}, office)
    units, experts = [], []
    for number in (1, 2):
        args = {
            "edition_id": EDITION_ID, "name": f"单位{number}", "uscc": make_uscc(number),
            "kind": "enterprise", "province": "11", "contact": person(f"contact{number}"),
        }  # fmt: skip
        units.append(service.execute(registration_rpc.register_unit, args, ANONYMOUS))
        args = {
            "person": person(f"expert{number}"), "employer": "研究院", "province": "11",
            "tracks": [RULES["tracks"][0]["id"]], "capacity": 5,
        }  # fmt: skip
        experts.append(service.execute(registration_rpc.enroll_expert, args, office))

    def args_of(number: int) -> dict[str, Json]:
        unit, expert = units[number], experts[number]
        return {
            "get_unit": {"unit_id": unit["unit_id"]},
            "update_unit": {"unit_id": unit["unit_id"], "version": 1, "name": "新名"},
            "invite_member": {"unit_id": unit["unit_id"], "person": person(f"member{number}")},
            "get_expert": {"expert_id": expert["expert_id"]},
            "update_expert": {"expert_id": expert["expert_id"], "version": 1, "employer": "新研究院"},
        }

    entrant = service.entrant(units[0]["unit_id"], units[0]["account_id"])
    expert = service.expert(experts[0]["expert_id"], experts[0]["account_id"])
    world = World(service, args_of(0), args_of(1), {Role.ENTRANT: entrant, Role.EXPERT: expert})
    # every role's own account: any real one will do
    for role in (Role.SECRETARIAT, Role.AUDITOR, Role.RECOMMENDER, Role.OPERATOR):
        made = service.execute(
            registration_rpc.invite_account, {"role": str(role), "person": person(str(role))},
            service.operator(),
        )  # fmt: skip
        world.callers[role] = Caller(made["account_id"], frozenset({role}))
    world.own["revoke_sessions"] = {}
    world.foreign["revoke_sessions"] = {"account_id": units[1]["account_id"]}
    world.own["who_am_i"] = {}
    return world


def submission_world(make: MakeHarness) -> World:
    """A case of each of two units, once handed in."""
    # links are signed without a word to the store
    storage = Settings(s3_url="http://127.0.0.1:1", s3_public_url="http://127.0.0.1:1", s3_access_key="a",
                       s3_secret_key="b")  # fmt: skip
    service = make(whole(SUBMISSION), materials=connect(storage))
    service.clock.set(IN_TIME)
    edition = {"edition_id": EDITION_ID, "version": 1, "edition": RULES}
    service.handle([service.event(told.EditionPublished, EDITION_ID, 1, edition)])
    for number in (1, 2):
        unit = {**UNIT, "unit_id": f"unit-{number}"}
        service.handle([service.event(told.UnitRegistered, f"unit-{number}", 1, unit)])
        entry = an_entry()
        entry.id, entry.unit_id, entry.version, entry.revision = f"case-{number}", f"unit-{number}", 1, 1
        entry.materials = {
            f"file-{number}": a_material(f"file-{number}", "application_form", "申报书.docx"),
            f"late-{number}": a_material(f"late-{number}", "site_picture", "现场.png"),
        }
        service.store.collection("cases").insert_one(submission.document_of(entry))
        service.store.collection("case_versions").insert_one({
            "_id": f"case-{number}:1", "case_id": f"case-{number}", "revision": 1, "received_at": IN_TIME,
            "content": entry.content.to_dict(), "materials": [],
            "receipt": {"case_id": f"case-{number}", "revision": 1, "receipt_hash": "0" * 64},
        })  # fmt: skip

    def args_of(number: int) -> dict[str, Json]:
        case = {"case_id": f"case-{number}"}
        file = {**case, "material_id": f"file-{number}"}
        upload = {**case, "kind": "application_form", "file_name": "a.pdf", "size": 10}
        return {
            **dict.fromkeys(("checklist", "get_case", "get_receipt", "list_versions", "submit_case"), case),
            **dict.fromkeys(("material_link", "confirm_material"), file),
            "remove_material": {**case, "material_id": f"late-{number}"},
            "revise_case": case,
            "save_draft": {**case, "edition_id": EDITION_ID, "draft_version": 1, **filled()},
            "upload_material": upload,
            "withdraw_case": {**case, "reason": "放弃"},
        }

    lists = {"list_cases": ({"unit_id": None}, "unit_id", {"unit-1"})}
    return World(service, args_of(1), args_of(2), {Role.ENTRANT: service.entrant("unit-1")}, lists)


def review_world(make: MakeHarness) -> World:
    """An open formal review in which two experts sit on one case."""
    contest = Contest(lambda service: make(whole(service)))
    contest.begin(units=2, cases_each=1, experts=6)
    round_id = contest.open("formal")
    seats = contest.seats(round_id)
    mine = seats[0]
    other = next(seat for seat in seats if seat["expert_id"] != mine["expert_id"])
    idle = next(f"expert-{n}" for n in range(1, 7) if f"expert-{n}" not in {s["expert_id"] for s in seats})

    def args_of(seat: Json) -> dict[str, Json]:
        place = {"assignment_id": seat["assignment_id"]}
        material = f"m-{seat['case_id'].rpartition('-')[2]}"
        sheet = {"case_revision": 1, "marks": [{"criterion": "x", "value": "1"}], "comment": "材料齐全"}
        return {
            "case_for_review": place,
            "material_for_review": {**place, "material_id": material},
            "submit_score_sheet": {**place, **sheet},
            "recuse": {**place, "reason": "亲属"},
        }

    caller = contest.as_expert(mine["expert_id"])
    lists = {"my_assignments": ({}, "assignment_id", _own_seats(seats, mine["expert_id"]))}
    world = World(contest.review, args_of(mine), args_of(other), {Role.EXPERT: caller}, lists)
    duty = {"round_id": round_id, "confidentiality": True}
    world.own["accept_duty"] = duty
    # a round in which he judges nothing is foreign to an expert
    world.strangers["accept_duty"] = contest.as_expert(idle)
    return world


def _own_seats(seats: list[Json], expert_id: str) -> set[str]:
    return {seat["assignment_id"] for seat in seats if seat["expert_id"] == expert_id}


def awards_world(make: MakeHarness) -> World:
    """Published prizes of two units."""
    told_of = AwardsWorld(make(whole(AWARDS)))
    told_of.final([1, 2, 3])
    service = told_of.awards
    office = service.secretariat()
    proposal = service.execute(awards_rpc.propose_awards, {"edition_id": AWARDS_EDITION}, office)
    args = {"proposal_id": proposal["proposal_id"]}
    service.execute(awards_rpc.open_publicity, args, office)
    told_of.pass_publicity()
    service.run_job(service.execute(awards_rpc.publish_awards, args, office)["job_id"])
    ids = {row["unit_id"]: row["_id"] for row in service.rows("awards") if row["unit_id"]}

    def args_of(unit: str) -> dict[str, Json]:
        return {name: {"award_id": ids[unit]} for name in ("certificate_link", "get_award")}

    callers = {Role.ENTRANT: service.entrant("unit-1")}
    lists = {"list_awards": ({}, "unit_id", {"unit-1"})}
    return World(service, args_of("unit-1"), args_of("unit-2"), callers, lists)


def notify_world(make: MakeHarness) -> World:
    """A message to one account."""
    service = make(whole(NOTIFY))
    service.handle([happening(service, "EditionPublished"), happening(service, "UnitRegistered")])
    [message] = service.rows("messages")
    callers = {
        role: Caller(message["account_id"], frozenset({role})) for role in Role if role is not Role.SERVICE
    }
    args = {"mark_message_read": {"message_id": message["_id"]}}
    strangers = {"mark_message_read": Caller("acc-somebody-else", frozenset(Role) - {Role.SERVICE})}
    return World(service, args, {}, callers, {"my_messages": ({}, "message_id", {message["_id"]})}, strangers)


WORLDS = {
    "registration": registration_world,
    "submission": submission_world,
    "review": review_world,
    "awards": awards_world,
    "notify": notify_world,
}
