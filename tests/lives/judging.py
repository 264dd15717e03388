"""How a round is judged in a life: whatever can be done next, with chance deciding what experts say."""

from __future__ import annotations

from random import Random
from typing import Any

from contracts.rpc import review as rpc
from plumbing.identity.caller import Caller
from tests.fakes.contest import EDITION_ID
from tests.lives.world import FATES, TRACK, World

FORMAL = (("pass", ()), ("pass", ()), ("pass", ()), ("return", ("template",)), ("fail", ("template",)))
STAGES = (("formal", None), ("track", TRACK), ("final", None))
COMMENT = "总体较好，数据充分，推广价值明显。"


def open_rounds(world: World, staff: Caller) -> list[dict[str, Any]]:
    return [row for row in world.every(rpc.list_rounds, staff) if row["status"] == "open"]


def open_next(world: World, staff: Caller, random: Random) -> bool:
    """Open whatever round cases wait for; a stage after the first has one round only."""
    for stage, track in STAGES:
        args = {"edition_id": EDITION_ID, "stage": stage, "track": track}
        opened = world.try_to(rpc.open_round, staff, random.choice(FATES), **args)
        if opened:
            world.try_to(rpc.assign_experts, staff, random.choice(FATES), round_id=opened["round_id"])
            return True
    return False


def judge(world: World, staff: Caller, random: Random, share: float = 0.5) -> None:
    """Have experts accept, give back and score a part of what lies before them."""
    world.run_jobs(random)
    for round_ in open_rounds(world, staff):
        round_id = round_["round_id"]
        added = world.try_to(rpc.add_waiting_cases, staff, round_id=round_id)
        if round_["kind"] == "formal" or (added and added["added"]):
            world.try_to(rpc.assign_experts, staff, round_id=round_id)
            world.run_jobs(random)
        seats = list(world.every(rpc.list_assignments, staff, round_id=round_id))
        for expert_id in sorted({seat["expert_id"] for seat in seats if seat["status"] == "assigned"}):
            caller = world.at["review"].expert(expert_id)
            world.try_to(
                rpc.accept_duty, caller, random.choice(FATES), round_id=round_id, confidentiality=True
            )
        for seat in list(world.every(rpc.list_assignments, staff, round_id=round_id, status="accepted")):
            if seat["active"] and random.random() < share:
                _score(world, seat, round_["kind"], random)
        for case in list(world.every(rpc.list_round_cases, staff, round_id=round_id, show="gap")):
            decision = random.choice(("pass", "fail")) if round_["kind"] == "formal" else None
            world.try_to(
                rpc.resolve_gap, staff, random.choice(FATES), round_id=round_id, case_id=case["case_id"],
                decision=decision, reason="合议",
            )  # fmt: skip


def _score(world: World, seat: dict[str, Any], kind: str, random: Random) -> None:
    caller = world.at["review"].expert(seat["expert_id"])
    if random.random() < 0.03:
        world.try_to(rpc.recuse, caller, assignment_id=seat["assignment_id"], reason="另有关系")
        return
    shown = world.at["review"].ask(rpc.case_for_review, {"assignment_id": seat["assignment_id"]}, caller)
    # experts mostly agree on a case: else hardly one would ever come back
    mostly = Random(f"{seat['case_id']} {shown['case_revision']}")
    opinion = (mostly if random.random() < 0.85 else random).choice(FORMAL)
    decision, failing = opinion if kind == "formal" else (None, ())
    marks = []
    for item in shown["criteria"]:
        high = "0" if item["criterion"] in failing else "1"
        value = high if kind == "formal" else str(random.randint(55, 99))
        marks.append({"criterion": item["criterion"], "value": value})
    world.try_to(
        rpc.submit_score_sheet, caller, random.choice(FATES), assignment_id=seat["assignment_id"],
        case_revision=shown["case_revision"], marks=marks, decision=decision, comment=COMMENT,
    )  # fmt: skip


def close(world: World, staff: Caller, random: Random) -> None:
    """Close what can be closed."""
    for round_ in open_rounds(world, staff):
        world.try_to(rpc.close_round, staff, random.choice(FATES), round_id=round_["round_id"])
    world.run_jobs(random)
