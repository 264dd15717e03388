"""Filling panels and moving seats."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contracts.errors import Conflict, InvalidInput, NotFound
from contracts.words import AssignmentStatus, ExpertStatus
from plumbing.store.ids import new_id
from services.review import repository
from services.review.domain.round import Round
from services.review.domain.round_case import DECIDED, RoundCase, round_case_id
from services.review.domain.seat import Seat
from services.review.panels import FILL, ask_for_experts, duty_id, new_seat, tell_assigned, vacate
from services.review.planning import conflict_between, gather, make_plan
from services.review.shapes import show_seat

MOST_SHOWN = 200


def prepare_assignment(context: Any, args: dict[str, Any]) -> dict[str, Any] | None:
    """Work the whole plan out for a dry run; otherwise the job does."""
    if not args["dry_run"]:
        return None
    round_ = repository.get(context, Round, args["round_id"])
    return make_plan(context, round_, None, args["pins"], args["seed"])


def assign_experts(tx: Any, args: dict[str, Any], plan: dict[str, Any] | None) -> dict[str, Any]:
    """Show the plan, or take on the job that fills the empty seats."""
    round_ = repository.get(tx, Round, args["round_id"])
    round_.require_open()
    problem = gather(tx, round_, None, args["seed"])
    missing = sum(case["missing"] for case in problem["cases"])
    summary: dict[str, Any] = {"cases": len(problem["cases"]), "missing": missing}
    if plan is None:
        job = {"round_id": round_.id, "case_ids": None, "pins": args["pins"], "seed": args["seed"]}
        return {"job_id": tx.enqueue(FILL, job), "rows": missing, "summary": summary}
    spread = Counter(row["before"] + row["added"] for row in plan["loads"])
    summary |= {
        "seats": len(plan["seats"]), "experts": len(plan["loads"]),
        "loads": sorted(plan["loads"], key=lambda row: (-row["added"], row["expert_id"]))[:MOST_SHOWN],
        "load_table": {str(load): spread[load] for load in sorted(spread)},
        "unfilled": plan["unfilled"][:MOST_SHOWN], "unfilled_cases": len(plan["unfilled"]),
    }  # fmt: skip
    return {"job_id": None, "rows": len(plan["seats"]), "summary": summary}


def reassign(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take a case from one expert and give it to a named one, or to whom the planner finds.

    Returns the new seat, or the revoked one while the planner still looks or nobody is needed any more.
    """
    seat = repository.get(tx, Seat, args["assignment_id"])
    round_ = repository.get(tx, Round, seat.round_id)
    round_.require_open()
    if not seat.active:
        raise Conflict("该评审任务已取消。", "This assignment does not stand any more.", status=seat.status)
    vacate(tx, round_, seat, AssignmentStatus.REVOKED, "reassigned")
    case = repository.get(tx, RoundCase, round_case_id(round_.id, seat.case_id))
    if args["expert_id"] is None or case.status == DECIDED:  # without his sheet the others agreed
        ask_for_experts(tx, round_.id, [seat.case_id])
        return show_seat(repository.to_doc(seat))
    return show_seat(repository.to_doc(_seat_named(tx, round_, seat, args["expert_id"])))


def _seat_named(tx: Any, round_: Round, old: Seat, expert_id: str) -> Seat:
    expert = tx.collection("experts").find_one({"_id": expert_id, "status": ExpertStatus.ACTIVE.value})
    if expert is None:
        raise NotFound("没有这位在聘专家。", "There is no such active expert.", expert_id=expert_id)
    case = repository.get(tx, RoundCase, round_case_id(round_.id, old.case_id))
    case.require_in()
    problem = gather(tx, round_, [old.case_id], "")
    asked = next(iter(problem["cases"]), None)
    if asked is None or expert_id in asked["has"]:
        raise InvalidInput.of("expert_id", "seated", "该专家已评或曾评该案例", "He sits or sat on the case.")
    candidate = next(item for item in problem["experts"] if item["expert_id"] == expert_id)
    if grounds := conflict_between(problem, asked, candidate):
        named = ", ".join(grounds)
        raise InvalidInput.of("expert_id", "conflict", f"须回避：{named}", f"Must not judge it: {named}.")
    if candidate["room"] < 1:
        raise InvalidInput.of("expert_id", "room", "该专家任务已满", "This expert has no room left.")
    duty = tx.collection("duties").find_one({"_id": duty_id(round_.id, expert_id)}, {"_id": 1})
    seat = new_seat(tx, round_, case, expert, duty is not None)
    repository.save(tx, seat)
    case.assigned += 1
    repository.save(tx, case)
    tell_assigned(tx, round_, new_id("run"), expert, [seat])
    return seat
