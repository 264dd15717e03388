"""What formal review, track rounds and the final have in common: panels, duties, sheets, closing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import urllib3

from demo.cast import Case, Expert
from demo.stage import Impatience, Stage

_HTTP = urllib3.PoolManager(maxsize=8, timeout=20.0)

Marks = Callable[[Case, int, dict[str, Any]], dict[str, Any]]
"""(case, place of the expert on its panel, the case as he sees it) → what his sheet says"""


def open_and_assign(stage: Stage, stage_id: str, track: str | None = None) -> dict[str, Any]:
    """Open a round after a dry run and fill its panels; return the round."""
    secretary = stage.cast.secretariat[0]
    args = {"edition_id": stage.edition.id, "stage": stage_id, "track": track}
    stage.call(secretary, "review.open_round", **args, dry_run=True)
    opened: dict[str, Any] = stage.call(secretary, "review.open_round", **args, reason="按赛程开始")
    fill_panels(stage, opened["round_id"])
    return opened


def fill_panels(stage: Stage, round_id: str) -> None:
    """Assign experts to every empty seat of a round and wait until it is done."""
    secretary = stage.cast.secretariat[0]
    started = stage.call(secretary, "review.assign_experts", round_id=round_id, seed=str(stage.seed))
    if started["job_id"]:
        stage.await_job(secretary, "review", started)


def accept_duties(
    stage: Stage, round_id: str, conflicts: dict[str, list[dict[str, Any]]] | None = None
) -> None:
    """Every expert of a round promises confidentiality; ``conflicts`` are declared by expert id."""

    def accept(expert: Expert) -> None:
        rows = stage.every(expert.person, "review.my_assignments", round_id=round_id)
        if any(row["status"] == "assigned" for row in rows):
            stage.call(
                expert.person,
                "review.accept_duty",
                round_id=round_id,
                confidentiality=True,
                conflicts=(conflicts or {}).get(expert.expert_id, []),
            )

    seated = {expert_id for seats in panels(stage, round_id).values() for expert_id in seats}
    stage.side_by_side(accept, [expert for expert in stage.cast.experts if expert.expert_id in seated])


def panels(stage: Stage, round_id: str) -> dict[str, list[str]]:
    """Return the experts who judge each case of a round, in the order of the cast."""
    order = [expert.expert_id for expert in stage.cast.experts]
    rows = stage.every(stage.cast.secretariat[0], "review.list_assignments", round_id=round_id)
    seated: dict[str, list[str]] = {}
    for row in rows:
        if row["status"] in ("assigned", "accepted", "scored"):
            seated.setdefault(row["case_id"], []).append(row["expert_id"])
    return {case: sorted(experts, key=order.index) for case, experts in seated.items()}


def hand_in_sheets(stage: Stage, round_id: str, marks: Marks) -> int:
    """Every expert hands in the sheets he owes in a round; return how many there were."""
    seats = panels(stage, round_id)
    cases = {case.case_id: case for case in stage.cast.cases}

    def judge(expert: Expert) -> int:
        owed = stage.every(expert.person, "review.my_assignments", round_id=round_id, status="accepted")
        for row in owed:
            shown = stage.call(expert.person, "review.case_for_review", assignment_id=row["assignment_id"])
            if row is owed[0]:
                _open_files(stage, expert, row["assignment_id"], shown["materials"])
            case, place = cases[row["case_id"]], seats[row["case_id"]].index(expert.expert_id)
            stage.call(
                expert.person,
                "review.submit_score_sheet",
                assignment_id=row["assignment_id"],
                case_revision=shown["case_revision"],
                **marks(case, place, shown),
            )
        return len(owed)

    seated = {expert_id for experts in seats.values() for expert_id in experts}
    return sum(stage.side_by_side(judge, [one for one in stage.cast.experts if one.expert_id in seated]))


def _open_files(stage: Stage, expert: Expert, assignment_id: str, materials: list[dict[str, Any]]) -> None:
    for material in materials:
        link = stage.call(
            expert.person,
            "review.material_for_review",
            assignment_id=assignment_id,
            material_id=material["material_id"],
        )
        answer = _HTTP.request("GET", link["url"])
        if answer.status != 200 or len(answer.data) != material["size"]:
            raise Impatience(f"an expert cannot open a file of the case: {answer.status}")


def score_by_dice(stage: Stage, stage_id: str, wide: Case | None = None) -> Marks:
    """Return marks around a quality each case has for good; ``wide`` gets one sheet far below the others."""

    def marks(case: Case, place: int, shown: dict[str, Any]) -> dict[str, Any]:
        quality = stage.dice("quality", case.number).uniform(62, 92)
        dice = stage.dice(stage_id, case.number, place)
        values = []
        for criterion in shown["criteria"]:
            low, high = Decimal(criterion["low"]), Decimal(criterion["high"])
            step = Decimal(criterion["step"])
            drawn = Decimal(str(round(quality + dice.uniform(-7, 7), 2)))
            if case is wide and place == 0:
                drawn -= 35
            value = min(max((drawn / step).to_integral_value() * step, low), high)
            values.append({"criterion": criterion["criterion"], "value": str(value)})
        return {"marks": values, "comment": "节能效果有计量依据，推广路径清楚，建议补充长期运行数据。"}

    return marks


def close(stage: Stage, round_id: str) -> dict[str, Any]:
    """Close a round after a dry run, wait for its job and return the round."""
    secretary = stage.cast.secretariat[0]
    stage.call(secretary, "review.close_round", round_id=round_id, dry_run=True)
    stage.await_job(secretary, "review", stage.call(secretary, "review.close_round", round_id=round_id))
    shown: dict[str, Any] = stage.call(secretary, "review.get_round", round_id=round_id)
    return shown
