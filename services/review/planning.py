"""What an assignment has to reckon with, gathered from the database, and the plan that comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.edition import Recusal
from contracts.errors import FieldError, InvalidInput
from contracts.words import ExpertStatus
from services.review import repository
from services.review.domain.recusal import conflicts, interests_of, ties_of
from services.review.domain.round import Round
from services.review.domain.round_case import IN

Json = dict[str, Any]
SOLVER = "services.review.domain.assignment:plan_from_json"


def make_plan(
    context: Any, round_: Round, case_ids: Sequence[str] | None, pins: Sequence[Mapping[str, str]], seed: str
) -> Json:
    """Return {"seats": [[case, expert]], "unfilled": […], "loads": […]} for the empty seats of the round.

    Raises InvalidInput for a pin that cannot be.
    """
    problem = gather(context, round_, case_ids, seed)
    pinned = place_pins(problem, pins)
    plan: Json = context.parts.offload.call(SOLVER, problem, timeout=120, memory_mb=2048)
    seats = [*pinned, *plan["seats"]]
    added: dict[str, int] = {}
    for _, expert_id in seats:
        added[expert_id] = added.get(expert_id, 0) + 1
    loads = [
        {"expert_id": expert["expert_id"], "before": expert["before"], "added": added[expert["expert_id"]],
         "capacity": expert["capacity"]}
        for expert in problem["experts"] if added.get(expert["expert_id"])
    ]  # fmt: skip
    return {"seats": seats, "unfilled": plan["unfilled"], "loads": loads}


def gather(reader: Any, round_: Round, case_ids: Sequence[str] | None, seed: str) -> Json:
    """Return the problem as JSON: cases with empty seats, experts with room, declared conflicts."""
    edition, _ = repository.rules_of(reader, round_)
    query: Json = {"round_id": round_.id, "status": IN, "$expr": {"$lt": ["$assigned", "$need"]}}
    if case_ids is not None:
        query["case_id"] = {"$in": list(case_ids)}
    open_cases = list(reader.collection("round_cases").find(query, sort=[("_id", 1)]))
    return {
        "seed": seed,
        "year": reader.now.year,
        "rules": asdict(edition.recusal),
        "cases": _cases(reader, round_, open_cases),
        "experts": _experts(reader, round_),
        "declared": [
            {"expert_id": row["expert_id"], "case_id": row.get("case_id"), "uscc": row.get("uscc")}
            for row in reader.collection("recusals").find({"edition_id": round_.edition_id})
        ],
    }


def _cases(reader: Any, round_: Round, open_cases: Sequence[Json]) -> list[Json]:
    ids = [case["case_id"] for case in open_cases]
    copies = repository.by_id(reader, "cases", ids)
    units = units_of(reader, {case["case_id"]: case["unit_id"] for case in open_cases}, copies)
    seated: dict[str, list[str]] = {}
    for seat in reader.collection("seats").find({"round_id": round_.id, "case_id": {"$in": ids}}):
        seated.setdefault(seat["case_id"], []).append(seat["expert_id"])
    return [
        {
            "id": case["case_id"], "track": case["track"], "missing": case["need"] - case["assigned"],
            "has": seated.get(case["case_id"], []), "seated": case["assigned"],
            "units": units[case["case_id"]],
        }
        for case in open_cases
    ]  # fmt: skip


def units_of(reader: Any, owners: Mapping[str, str], copies: Mapping[str, Json]) -> dict[str, list[Json]]:
    """Return the units with a stake in each case; ``owners`` maps each case to its own unit."""
    units = repository.by_id(reader, "units", owners.values())
    joint = {unit["uscc"] for copy in copies.values() for unit in copy["joint_units"]}
    known = {doc["uscc"]: doc for doc in reader.collection("units").find({"uscc": {"$in": sorted(joint)}})}
    return {
        case_id: stakeholders(unit_id, copies.get(case_id), units, known)
        for case_id, unit_id in owners.items()
    }


def stakeholders(
    unit_id: str, copy: Json | None, units: Mapping[str, Json], by_uscc: Mapping[str, Json]
) -> list[Json]:
    """Return the unit of a case and its joint units, as far as each is known."""
    named = [units[unit_id]] if unit_id in units else []
    for unit in copy["joint_units"] if copy else []:
        named.append({**unit, **by_uscc.get(unit["uscc"], {})})
    fields = ("name", "uscc", "group_unit", "province")
    return [{field: unit.get(field) for field in fields} for unit in named]


def _experts(reader: Any, round_: Round) -> list[Json]:
    """Return every active expert; his load counts over all open rounds of the stage, as his capacity does."""
    weighed = reader.collection("seats").aggregate([
        {"$match": {"edition_id": round_.edition_id, "stage": round_.stage, "active": True}},
        {"$group": {"_id": "$expert_id", "load": {"$sum": 1}}},
    ])  # fmt: skip
    loads = {row["_id"]: row["load"] for row in weighed}
    wanted = (
        "expert_id", "tracks", "capacity", "employer", "employer_uscc", "group_unit", "province",
        "past_employers",
    )  # fmt: skip
    experts = []
    for doc in reader.collection("experts").find({"status": ExpertStatus.ACTIVE.value}, sort=[("_id", 1)]):
        load = loads.get(doc["_id"], 0)
        room = max(0, doc["capacity"] - load)
        experts.append({**{name: doc[name] for name in wanted}, "before": load, "load": load, "room": room})
    return experts


def place_pins(problem: Json, pins: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """Seat the pinned experts first; the problem then counts them as sitting.

    Raises InvalidInput naming each pin that is in conflict, without room, or on a case with no empty seat.
    """
    cases = {case["id"]: case for case in problem["cases"]}
    experts = {expert["expert_id"]: expert for expert in problem["experts"]}
    wrong: list[FieldError] = []
    for index, pin in enumerate(pins):
        case, expert = cases.get(pin["case_id"]), experts.get(pin["expert_id"])
        if case is None or case["missing"] < 1:
            wrong.append(FieldError(f"pins.{index}.case_id", "full", "没有空缺席位", "No empty seat here."))
        elif expert is None or expert["room"] < 1 or expert["expert_id"] in case["has"]:
            wrong.append(FieldError(f"pins.{index}.expert_id", "room", "该专家不可用", "Not available."))
        elif grounds := conflict_between(problem, case, expert):
            named = ", ".join(grounds)
            wrong.append(FieldError(
                f"pins.{index}.expert_id", "conflict", f"须回避：{named}", f"Must not judge it: {named}."))
        else:
            case["missing"], case["seated"] = case["missing"] - 1, case["seated"] + 1
            case["has"] = [*case["has"], expert["expert_id"]]
            expert["room"], expert["load"] = expert["room"] - 1, expert["load"] + 1
    if wrong:
        raise InvalidInput(wrong)
    return [[pin["case_id"], pin["expert_id"]] for pin in pins]


def conflict_between(problem: Json, case: Json, expert: Json) -> list[str]:
    """Return the grounds on which the expert must not judge the case."""
    said = [row for row in problem["declared"] if row["expert_id"] == expert["expert_id"]]
    interests = interests_of(case["id"], case["units"])
    return conflicts(interests, ties_of(expert, said), Recusal(**problem["rules"]), problem["year"])

