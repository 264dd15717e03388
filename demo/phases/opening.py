"""The first operator, the secretariat, the edition."""

from __future__ import annotations

from demo.cast import Person
from demo.stage import Stage


def as_person(person: Person) -> dict[str, str]:
    """Return what the registration service asks of somebody to be reached."""
    return {"name": person.name, "email": person.email, "phone": person.phone}


def open_contest(stage: Stage) -> None:
    """Make the first operator with the installation's secret, invite the secretariat, publish the edition."""
    operator = stage.cast.operator
    stage.show.total(4)
    stage.call(
        None,
        "registration.bootstrap_operator",
        secret=stage.bootstrap_secret,
        person=as_person(operator),
        password=operator.password,
    )
    stage.sign_in(operator)
    stage.expect_refusal(
        "NotAllowed",
        "再次创建首个管理员 a second first operator",
        None,
        "registration.bootstrap_operator",
        secret=stage.bootstrap_secret,
        person=as_person(operator),
        password=operator.password,
    )
    stage.show.advance()
    for secretary in stage.cast.secretariat:
        stage.call(
            operator,
            "registration.invite_account",
            role="secretariat",
            person=as_person(secretary),
            reason="组建秘书处",
        )
        stage.accept_by_letter(secretary)
        stage.show.advance()
    secretary = stage.cast.secretariat[0]
    broken = stage.edition_data | {"tracks": [stage.edition_data["tracks"][0] | {"direction": "nowhere"}]}
    stage.expect_refusal(
        "InvalidInput",
        "赛项指向不存在的方向 a track of no direction",
        secretary,
        "registration.publish_edition",
        edition=broken,
    )
    plan = stage.call(secretary, "registration.publish_edition", edition=stage.edition_data, dry_run=True)
    done = stage.call(
        secretary, "registration.publish_edition", edition=stage.edition_data, reason="第三届启动"
    )
    stage.show.advance()
    stage.show.say(
        f"已发布《{stage.edition.name.zh}》第 {done['version']} 版，{len(stage.edition.tracks)} 个赛项"
        f"（试运行列出 {len(plan['changes'])} 处变化）",
        f"published {stage.edition.id} version {done['version']}, {len(stage.edition.tracks)} tracks",
    )
