"""The secretariat decides who is eligible: most pass, one is returned and comes back, one is rejected."""

from __future__ import annotations

from demo.cast import Unit
from demo.stage import Stage

RETURNED, REJECTED = 2, 7


def qualify_units(stage: Stage) -> None:
    """Decide all units in bulk after a dry run; one corrects its particulars and passes then."""
    secretary = stage.cast.secretariat[0]
    edition = stage.edition.id
    entered = {case.unit.unit_id: case.unit for case in stage.cast.cases if case.receipt}
    pending = lambda: stage.every(secretary, "review.list_qualifications", edition_id=edition)  # noqa: E731
    stage.await_until(
        "all units to reach the secretariat",
        lambda: len([row for row in pending() if row["unit"]]) == len(entered),
    )
    returned, rejected = _pick(stage, RETURNED), _pick(stage, REJECTED)
    stage.expect_refusal(
        "InvalidInput",
        "无理由驳回 a rejection without a reason",
        secretary,
        "review.decide_qualification",
        edition_id=edition,
        unit_id=rejected.unit_id,
        decision="reject",
    )
    rows = [_decide(unit, returned, rejected) for unit in entered.values()]
    plan = stage.call(secretary, "review.decide_qualifications", edition_id=edition, rows=rows, dry_run=True)
    done = stage.call(
        secretary,
        "review.decide_qualifications",
        edition_id=edition,
        rows=rows,
        reason="资格审核会第一次会议",
    )
    stage.show.total(2)
    stage.show.advance()
    _correct(stage, returned)
    stage.show.advance()
    stage.facts["rejected_unit"] = rejected
    stage.show.say(
        f"试运行 {plan['decided']} 家、决定 {done['decided']} 家：1 家退回补正后通过，"
        f"1 家驳回（{rejected.name}）",
        f"{done['decided']} units decided: one returned and then passed, one rejected, the others passed",
    )


def _pick(stage: Stage, index: int) -> Unit:
    entered = [
        unit for unit in stage.cast.units if any(c.unit is unit and c.receipt for c in stage.cast.cases)
    ]
    return entered[index % len(entered)]


def _decide(unit: Unit, returned: Unit, rejected: Unit) -> dict[str, object]:
    if unit is returned:
        return {
            "unit_id": unit.unit_id,
            "decision": "return",
            "reasons": [{"code": "Q-PAPERS", "note": "请补全单位简称"}],
        }
    if unit is rejected:
        return {"unit_id": unit.unit_id, "decision": "reject", "reasons": [{"code": "Q-KIND", "note": ""}]}
    return {"unit_id": unit.unit_id, "decision": "pass"}


def _correct(stage: Stage, unit: Unit) -> None:
    secretary = stage.cast.secretariat[0]
    shown = stage.call(unit.contact, "registration.get_unit", unit_id=unit.unit_id)
    unit.name += "（集团）"
    stage.call(
        unit.contact,
        "registration.update_unit",
        unit_id=unit.unit_id,
        version=shown["version"],
        name=unit.name,
        reason="补正单位全称",
    )

    def back() -> bool:
        rows = stage.every(
            secretary, "review.list_qualifications", edition_id=stage.edition.id, status="pending"
        )
        return any(row["unit_id"] == unit.unit_id for row in rows)

    stage.await_until("the corrected unit to come back", back)
    stage.call(
        secretary,
        "review.decide_qualification",
        edition_id=stage.edition.id,
        unit_id=unit.unit_id,
        decision="pass",
        reason="补正后复核",
    )
