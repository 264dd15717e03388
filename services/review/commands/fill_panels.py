"""The job that fills panels: one plan, then one expert after another."""

from __future__ import annotations

from typing import Any

from contracts.words import ExpertStatus, RoundStatus
from plumbing.service import Job
from services.review import repository
from services.review.domain.round import Round
from services.review.domain.round_case import IN, RoundCase, round_case_id
from services.review.interests import find_conflicts
from services.review.panels import ask_for_experts, duty_id, new_seat, tell_assigned
from services.review.planning import make_plan

AT_ONCE = 10


def prepare_filling(context: Any, job: Job) -> dict[str, Any] | None:
    """Make the plan, once; a job that is carried on has it stored."""
    if job.cursor is not None:
        return None
    round_ = repository.get(context, Round, job.arguments["round_id"])
    if round_.status != RoundStatus.OPEN:
        return {"seats": [], "unfilled": [], "loads": []}
    seed = job.arguments.get("seed") or job.id
    return make_plan(context, round_, job.arguments["case_ids"], job.arguments["pins"], seed)


def fill_panels(tx: Any, job: Job, plan: dict[str, Any] | None) -> None:
    """Store the plan in the first step; seat some experts in each later one."""
    if plan is not None:
        _store(tx, job, plan)
        return
    left = {"job_id": job.id, "done": False}
    shares = list(tx.collection("plans").find(left, sort=[("_id", 1)], limit=AT_ONCE))
    round_ = repository.get(tx, Round, job.arguments["round_id"])
    for share in shares:
        _seat(tx, job, round_, share)
        tx.collection("plans").update_one({"_id": share["_id"]}, {"$set": {"done": True}})
    if not shares:
        job.finished, job.result = True, job.cursor


def _store(tx: Any, job: Job, plan: dict[str, Any]) -> None:
    shares: dict[str, list[str]] = {}
    for case_id, expert_id in plan["seats"]:
        shares.setdefault(expert_id, []).append(case_id)
    if shares:
        tx.collection("plans").insert_many([
            {"_id": f"{job.id}:{expert_id}", "job_id": job.id, "expert_id": expert_id, "case_ids": cases,
             "done": False}
            for expert_id, cases in sorted(shares.items())
        ])  # fmt: skip
    job.total = len(plan["seats"])
    job.cursor = {"seated": 0, "skipped": 0, "unfilled": len(plan["unfilled"])}
    job.outcomes = [
        {"row": item["case_id"], "outcome": "unfilled", "missing": item["missing"], "cause": item["cause"],
         "grounds": item["grounds"]}
        for item in plan["unfilled"]
    ]  # fmt: skip


def _seat(tx: Any, job: Job, round_: Round, share: dict[str, Any]) -> None:
    """Give one expert his cases, except where something changed since the plan was made."""
    active = {"_id": share["expert_id"], "status": ExpertStatus.ACTIVE.value}
    expert = tx.collection("experts").find_one(active)
    ids = [round_case_id(round_.id, case_id) for case_id in share["case_ids"]]
    docs = tx.collection("round_cases").find({"_id": {"$in": ids}}, sort=[("_id", 1)])
    cases = [case for doc in docs if (case := repository.from_doc(RoundCase, doc))]
    before = {"round_id": round_.id, "expert_id": share["expert_id"], "case_id": {"$in": share["case_ids"]}}
    sat = {row["case_id"] for row in tx.collection("seats").find(before, {"case_id": 1})}
    duty = tx.collection("duties").find_one({"_id": duty_id(round_.id, share["expert_id"])}, {"_id": 1})
    # declared or come about since the plan was made: another plan finds somebody else
    barred = find_conflicts(tx, round_, [(case.case_id, share["expert_id"]) for case in cases])
    if round_.status == RoundStatus.OPEN:
        ask_for_experts(tx, round_.id, (case_id for case_id, _ in barred))
    seats = []
    for case in cases:
        free = (case.case_id, share["expert_id"]) not in barred and case.case_id not in sat
        full = case.assigned >= case.need or case.status != IN or case.frozen
        if expert is None or full or not free or round_.status != RoundStatus.OPEN:
            job.cursor["skipped"] += 1
            job.outcomes.append({"row": case.case_id, "outcome": "skipped", "expert_id": share["expert_id"]})
            continue
        seat = new_seat(tx, round_, case, expert, duty is not None)
        repository.save(tx, seat)
        case.assigned += 1
        repository.save(tx, case)
        seats.append(seat)
    job.done += len(cases)
    job.cursor["seated"] += len(seats)
    if expert is not None and seats:
        tell_assigned(tx, round_, job.id, expert, seats)
