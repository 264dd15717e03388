"""What an expert may read: his assignments, and the cases behind them once he has accepted the duty."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound, NotYet
from contracts.words import AssignmentStatus
from plumbing.store.paging import page
from services.review import repository
from services.review.domain.round import Round
from services.review.interests import require_no_conflict
from services.review.panels import own_seat
from services.review.queries.rounds import filters
from services.review.shapes import show_my_seat, show_sheet

Json = dict[str, Any]


def my_assignments(view: Any, args: Json) -> Json:
    """List the seats of the calling expert that stand; given-up ones only when asked for by their status."""
    query: Json = {"expert_id": view.caller.expert_id, **filters(args, "round_id", "status")}
    if args["status"] not in (AssignmentStatus.RECUSED, AssignmentStatus.REVOKED):
        query["active"] = True
    listed = page(view.collection("seats"), query, args, dict)
    round_ids = sorted({seat["round_id"] for seat in listed["items"]})
    rounds = {round_id: repository.get(view, Round, round_id) for round_id in round_ids}
    cases = repository.by_id(view, "cases", (seat["case_id"] for seat in listed["items"]))
    stages = {key: repository.rules_of(view, round_)[1] for key, round_ in rounds.items()}
    editions = {round_.edition_id for round_ in rounds.values()}
    dates = {edition_id: repository.current_edition(view, edition_id) for edition_id in editions}
    items = []
    for seat in listed["items"]:
        round_, stage = rounds[seat["round_id"]], stages[seat["round_id"]]
        case = cases[seat["case_id"]]
        items.append(show_my_seat(seat, repository.to_doc(round_), case, dates[round_.edition_id], stage))
    return {**listed, "items": items}


def case_for_review(view: Any, args: Json) -> Json:
    """Show a case with its rubric, blind where the stage is."""
    seat = own_seat(view, args["assignment_id"])
    seat.require_accepted()
    round_ = repository.get(view, Round, seat.round_id)
    require_no_conflict(view, round_, seat)
    _, stage = repository.rules_of(view, round_)
    case = view.collection("cases").find_one({"_id": seat.case_id})
    unit = None if stage.blind else view.collection("units").find_one({"_id": case["unit_id"]})
    sheet = view.collection("sheets").find_one({"_id": seat.sheet_id}) if seat.sheet_id else None
    return {
        "assignment_id": seat.id, "round_id": round_.id, "stage": stage.id, "blind": stage.blind,
        "case_id": seat.case_id, "case_revision": case["revision"], "track": case["track"],
        "title": case["title"], "summary": case["summary"], "answers": case["answers"],
        "materials": case["materials"], "unit_name": unit["name"] if unit else None,
        "joint_units": [] if stage.blind else case["joint_units"],
        "criteria": [
            {"criterion": item.id, "zh": item.name.zh, "en": item.name.en, "weight": str(item.weight),
             "low": str(item.low), "high": str(item.high), "step": str(item.step)}
            for item in stage.rubric.criteria
        ],
        "comment_least": stage.rubric.comment_least, "sheet": show_sheet(sheet) if sheet else None,
    }  # fmt: skip


def material_for_review(view: Any, args: Json) -> Json:
    """Ask submission for a link to a file of the case; it writes down for whom."""
    seat = own_seat(view, args["assignment_id"])
    seat.require_accepted()
    require_no_conflict(view, repository.get(view, Round, seat.round_id), seat)
    case = view.collection("cases").find_one({"_id": seat.case_id})
    if case is None:
        raise NotYet("案例尚未送达。", "The case has not arrived yet.", case_id=seat.case_id)
    if args["material_id"] not in {material["material_id"] for material in case["materials"]}:
        raise NotFound("案例没有这份材料。", "The case has no such material.", id=args["material_id"])
    wanted = {
        "case_id": seat.case_id, "material_id": args["material_id"], "for_account": view.caller.subject,
    }  # fmt: skip
    link: Json = view.parts.calls.call("submission", "material_link", wanted)
    return {"url": link["url"], "expires_in": link["expires_in"]}
