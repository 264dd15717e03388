"""What an expert does: take the duty on, give a case back, hand in a sheet."""

from __future__ import annotations

from typing import Any

from contracts.edition import Edition, Stage
from contracts.errors import Conflict, FieldError, InvalidInput, NotFound
from contracts.events import review as events
from contracts.words import AssignmentStatus
from plumbing.store import chain
from plumbing.store.ids import new_id
from services.review import repository
from services.review.domain.pseudonym import pseudonym_of
from services.review.domain.record import case_chain, sheet_content
from services.review.domain.round import Round
from services.review.domain.round_case import RoundCase, round_case_id
from services.review.domain.rubric import check_sheet, read_marks, total_of
from services.review.domain.seat import Seat
from services.review.domain.window import require_open
from services.review.interests import may_leave, open_seats, require_no_conflict, vacate_conflicts
from services.review.panels import (
    ask_for_experts,
    duty_id,
    own_seat,
    recount,
    recuse_seat,
    remember_recusal,
)
from services.review.shapes import show_sheet
from services.review.verdicts import conclude_if_agreed


def accept_duty(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take on every case of a round but those in which a conflict is declared."""
    expert_id = tx.caller.expert_id or ""
    seats = repository.seats_of(tx, round_id=args["round_id"], expert_id=expert_id)
    if not seats:
        raise NotFound("您在本轮没有任务。", "You judge nothing in this round.", round_id=args["round_id"])
    round_ = repository.get(tx, Round, args["round_id"])
    round_.require_open()
    if not args["confidentiality"]:
        raise InvalidInput.of("confidentiality", "affirm", "须承诺保密", "Confidentiality must be promised.")
    _check_declarations(args["conflicts"], {seat.case_id for seat in seats})
    tx.collection("duties").update_one(
        {"_id": duty_id(round_.id, expert_id)},
        {"$setOnInsert": {"round_id": round_.id, "expert_id": expert_id, "accepted_at": tx.now}},
        upsert=True,
    )
    for said in args["conflicts"]:
        target = {name: said[name] for name in ("case_id", "uscc") if said[name]}
        remember_recusal(tx, round_.edition_id, expert_id, target, said["note"])
    declared = _declared_cases(tx, seats, args["conflicts"])
    recused = [seat for seat in seats if seat.case_id in declared and may_leave(tx, seat)]
    for seat in recused:
        recuse_seat(tx, round_, seat, "declared")
    ask_for_experts(tx, round_.id, (seat.case_id for seat in recused))
    # what he declares here holds for his seats in other open rounds, and what changed since the plan here
    left = vacate_conflicts(tx, open_seats(tx, expert_id=expert_id))
    recused += [seat for seat in left if seat.round_id == round_.id]
    gone = {seat.id for seat in recused}
    kept = [seat for seat in seats if seat.id not in gone]
    for seat in kept:
        seat.accept()
        repository.save(tx, seat)
    return {
        "round_id": round_.id, "accepted": len(kept), "recused": len(recused), "accepted_at": tx.now,
    }  # fmt: skip


def _check_declarations(declared: list[dict[str, Any]], own: set[str]) -> None:
    wrong = []
    for index, said in enumerate(declared):
        if (said["case_id"] is None) == (said["uscc"] is None):
            wrong.append(FieldError(
                f"conflicts.{index}", "one_of", "案例与单位须且只须填一项", "Name either a case or a unit."))
        elif said["case_id"] and said["case_id"] not in own:
            wrong.append(FieldError(
                f"conflicts.{index}.case_id", "reference", "不是您的评审案例", "Not one of your cases."))
    if wrong:
        raise InvalidInput(wrong)


def _declared_cases(tx: Any, seats: list[Seat], declared: list[dict[str, Any]]) -> set[str]:
    usccs = {said["uscc"] for said in declared if said["uscc"]}
    found = {said["case_id"] for said in declared if said["case_id"]}
    copies = repository.by_id(tx, "cases", (seat.case_id for seat in seats))
    units = repository.by_id(tx, "units", (copy["unit_id"] for copy in copies.values()))
    for case_id, copy in copies.items():
        involved = {unit["uscc"] for unit in copy["joint_units"]}
        involved |= {units[copy["unit_id"]]["uscc"]} if copy["unit_id"] in units else set()
        if involved & usccs:
            found.add(case_id)
    return found


def recuse(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Give one case back; a job finds somebody else."""
    seat = own_seat(tx, args["assignment_id"])
    round_ = repository.get(tx, Round, seat.round_id)
    round_.require_open()
    if not seat.active:
        raise Conflict("该评审任务已取消。", "This assignment does not stand any more.", status=seat.status)
    recuse_seat(tx, round_, seat, "declared")
    remember_recusal(tx, seat.edition_id, seat.expert_id, {"case_id": seat.case_id}, args["reason"])
    job_id = ask_for_experts(tx, round_.id, [seat.case_id])
    return {"assignment_id": seat.id, "status": AssignmentStatus.RECUSED.value, "job_id": job_id}


def submit_score_sheet(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Keep a sheet, put it on the record, and let follow what it completes: agreement, or a wide gap."""
    seat = own_seat(tx, args["assignment_id"])
    round_ = repository.get(tx, Round, seat.round_id)
    round_.require_open()
    edition, stage = repository.rules_of(tx, round_)
    require_open(repository.current_edition(tx, round_.edition_id), stage.window, tx.now)
    case = repository.get(tx, RoundCase, round_case_id(round_.id, seat.case_id))
    case.require_in()
    require_no_conflict(tx, round_, seat)
    copy = tx.collection("cases").find_one({"_id": seat.case_id}, {"revision": 1})
    if copy["revision"] != args["case_revision"]:
        raise Conflict("案例已有新版本，请重新评审。", "The case has a newer revision: judge that one.",
                       revision=copy["revision"])  # fmt: skip
    sheet = _keep_sheet(tx, args, seat, round_, edition, stage)
    tx.emit(events.ScoreSubmitted, seat.id, seat.version, {
        "assignment_id": seat.id, "round_id": round_.id, "case_id": seat.case_id, "revision": seat.revision,
        "sheet_hash": sheet["hash"],
    })  # fmt: skip
    recount(tx, case, stage)
    _follow_up(tx, round_, case, edition, stage)
    return show_sheet(sheet)


def _keep_sheet(
    tx: Any, args: dict[str, Any], seat: Seat, round_: Round, edition: Edition, stage: Stage
) -> dict[str, Any]:
    values = read_marks(stage.rubric, args["marks"])
    check_sheet(edition, stage, values, args["decision"], args["comment"])
    total = total_of(stage.rubric, values)
    before, sheet_id = seat.sheet_id, new_id("sheet")
    number = seat.score(sheet_id)
    repository.save(tx, seat)
    if before:
        tx.collection("sheets").update_one({"_id": before}, {"$set": {"current": False}})
    content = sheet_content(
        round_.id, seat.case_id, sheet_id, seat.id, pseudonym_of(round_.salt, seat.expert_id), number,
        args["case_revision"], values, total, args["decision"], args["comment"], tx.now,
    )  # fmt: skip
    place = chain.append(tx, case_chain(seat.case_id), "score_sheet", content)
    kept = {name: value for name, value in content.items() if name not in ("sheet_id", "at")}
    sheet = {
        "_id": sheet_id, "current": True, "submitted_at": tx.now, "hash": place["hash"], **kept,
    }  # fmt: skip
    tx.collection("sheets").insert_one(sheet)
    return sheet


def _follow_up(tx: Any, round_: Round, case: RoundCase, edition: Edition, stage: Stage) -> None:
    if conclude_if_agreed(tx, round_, case, edition, stage):
        return
    repository.save(tx, case)
    if case.gap and case.assigned < case.need:
        ask_for_experts(tx, round_.id, [case.case_id])
