"""Units sign up and experts are enrolled; both accept by the letter they get."""

from __future__ import annotations

from demo.cast import Expert, Person, Unit
from demo.phases.opening import as_person
from demo.stage import Impatience, Stage


def _as_unit(stage: Stage, unit: Unit) -> dict[str, object]:
    return {
        "edition_id": stage.edition.id,
        "name": unit.name,
        "uscc": unit.uscc,
        "kind": unit.kind,
        "province": unit.province,
        "group_unit": unit.group_unit,
        "recommender": unit.recommender,
        "contact": as_person(unit.contact),
    }


def sign_up_units(stage: Stage) -> None:
    """Every unit signs up with its credit code; its contact accepts by letter and signs in."""
    early = stage.cast.units[0]
    stage.await_until("the edition", lambda: stage.call(None, "registration.list_editions")["items"])
    stage.expect_refusal(
        "OutsideWindow",
        "报名开始前报名 sign-up before it opens",
        None,
        "registration.register_unit",
        **_as_unit(stage, early),
    )
    stage.move_to("signup")
    wrong = _as_unit(stage, early) | {"uscc": early.uscc[:-1] + ("0" if early.uscc[-1] != "0" else "1")}
    stage.expect_refusal(
        "InvalidInput", "信用代码校验位不符 a wrong check digit", None, "registration.register_unit", **wrong
    )

    def sign_up(unit: Unit) -> None:
        answer = stage.call(None, "registration.register_unit", **_as_unit(stage, unit))
        unit.unit_id = answer["unit_id"]
        stage.accept_by_letter(unit.contact)

    stage.side_by_side(sign_up, stage.cast.units)
    for unit in stage.cast.units:
        if unit.member:
            _invite_member(stage, unit, unit.member)
    stage.expect_refusal(
        "Conflict",
        "同一信用代码再次报名 the same credit code again",
        None,
        "registration.register_unit",
        **_as_unit(stage, early),
    )
    stage.show.say(
        f"{len(stage.cast.units)} 家单位凭信用代码报名，联系人按信中的一次性链接设置密码；"
        "一位联系人邀请同事加入，由其撰写草稿",
        f"{len(stage.cast.units)} units signed up; their contacts accepted by the one-time link in a letter, "
        "one invited a colleague, who writes the drafts",
    )


def _invite_member(stage: Stage, unit: Unit, member: Person) -> None:
    invited = stage.call(unit.contact, "registration.invite_member", person=as_person(member))
    stage.accept_by_letter(member)
    if member.account_id != invited["account_id"]:
        raise Impatience(f"{member.email} was invited as one account and signed in as another")


def enroll_experts(stage: Stage) -> None:
    """The secretariat enrols experts in bulk, after a dry run; each accepts by letter."""
    secretary = stage.cast.secretariat[0]
    rows = [_as_expert(expert, len(stage.cast.cases) * 2) for expert in stage.cast.experts]
    plan = stage.call(secretary, "registration.enroll_experts", experts=rows, dry_run=True)
    done = stage.call(secretary, "registration.enroll_experts", experts=rows, reason="第三届专家库")
    for row in done["rows"]:
        stage.cast.experts[row["row"]].expert_id = row["expert_id"]
    stage.side_by_side(lambda expert: stage.accept_by_letter(expert.person), stage.cast.experts)
    stage.show.say(
        f"试运行 {plan['enrolled']} 名、入库 {done['enrolled']} 名专家，均已应邀",
        f"{done['enrolled']} experts enrolled after a dry run, all accepted",
    )


def _as_expert(expert: Expert, capacity: int) -> dict[str, object]:
    return {
        "person": as_person(expert.person),
        "employer": expert.employer,
        "employer_uscc": expert.employer_uscc,
        "group_unit": expert.group_unit,
        "province": expert.province,
        "past_employers": expert.past_employers,
        "tracks": expert.tracks,
        "capacity": capacity,
    }
