"""Seats on panels: given, given up, asked for again. Used by commands, reactions and jobs alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from contracts.edition import Stage
from contracts.errors import Conflict, NotFound, NotYet
from contracts.events import review as events
from contracts.words import AssignmentStatus, RoundStatus, StageKind
from plumbing.store import chain
from plumbing.store.ids import new_id
from services.review import repository
from services.review.domain.assessment import Assessment
from services.review.domain.formal import agree
from services.review.domain.record import case_chain, set_aside_content
from services.review.domain.round import Round
from services.review.domain.round_case import DROPPED, IN, RoundCase, round_case_id
from services.review.domain.seat import Seat
from services.review.sealing import record_leaving
from services.review.verdicts import conclude_if_agreed

FILL: Final = "fill_panels"


def duty_id(round_id: str, expert_id: str) -> str:
    """Return the natural key of an expert's declarations for a round."""
    return f"{round_id}:{expert_id}"


def own_seat(reader: Any, assignment_id: str) -> Seat:
    """Return a seat of the calling expert.

    Raises NotFound for anybody else's, so that ids cannot be tried out.
    """
    seat = repository.find(reader, Seat, assignment_id)
    if seat is None or seat.expert_id != reader.caller.expert_id:
        raise NotFound("没有这个评审任务。", "There is no such assignment.", id=assignment_id)
    return seat


def new_seat(tx: Any, round_: Round, case: RoundCase, expert: dict[str, Any], accepted: bool) -> Seat:
    """Return a seat for an expert, not saved yet; who made his declarations for the round has accepted it."""
    seat = Seat(
        new_id("seat"), round_.id, round_.edition_id, round_.stage, case.case_id, case.track,
        expert["expert_id"], expert["account_id"], tx.now,
    )  # fmt: skip
    if accepted:
        seat.accept()
    return seat


def tell_assigned(tx: Any, round_: Round, run: str, expert: dict[str, Any], seats: Iterable[Seat]) -> None:
    """Tell that an expert was given cases."""
    tx.emit(events.ExpertsAssigned, f"{run}:{expert['expert_id']}", 1, {
        "round_id": round_.id, "edition_id": round_.edition_id, "stage": round_.stage, "track": round_.track,
        "expert_id": expert["expert_id"], "account_id": expert["account_id"],
        "assignments": [seat.id for seat in seats],
    })  # fmt: skip


def vacate(tx: Any, round_: Round, seat: Seat, status: AssignmentStatus, ground: str) -> None:
    """Take a seat from an expert: his sheet counts no more, and the case wants somebody else.

    Raises Conflict where the formal review decided the case on his sheet: entrant and other services were
    told, the case may be in its next round, and no sheet taken away afterwards may turn a pass or a fail into
    one expert's word. A returned case comes back before a whole panel, so its seats may still change.
    """
    case = repository.get(tx, RoundCase, round_case_id(seat.round_id, seat.case_id))
    sheet_id = seat.sheet_id
    if sheet_id and not case.is_undecided:
        raise Conflict(
            "该案例已据此评审表作出结论，不能再撤下；如需回避，请联系秘书处。",
            "The case was decided on this sheet, which cannot be set aside any more: tell the secretariat.",
            status=case.status, decision=case.decision,
        )  # fmt: skip
    seat.leave(status, ground)
    repository.save(tx, seat)
    if sheet_id:
        tx.collection("sheets").update_one({"_id": sheet_id}, {"$set": {"current": False}})
        _record_set_aside(tx, seat.round_id, seat.case_id, [sheet_id], status.value)
    case.assigned -= 1
    edition, stage = repository.rules_of(tx, round_)
    if sheet_id:
        recount(tx, case, stage)
    # without his sheet the others may be of one mind; nobody would hand in another one to make it felt
    if not (sheet_id and conclude_if_agreed(tx, round_, case, edition, stage)):
        repository.save(tx, case)


def _record_set_aside(tx: Any, round_id: str, case_id: str, sheets: list[str], why: str) -> None:
    """A sheet that counts no more without a word on the record could not be told from one tampered with."""
    content = set_aside_content(round_id, case_id, sheets, why, tx.now)
    chain.append(tx, case_chain(case_id), "sheets_set_aside", content)


def recount(tx: Any, case: RoundCase, stage: Stage) -> None:
    """Bring a case's numbers up to its current sheets; not saved yet."""
    sheets = repository.current_sheets(tx, case.round_id, case.case_id)
    case.count([repository.full_sheet(sheet).total for sheet in sheets], stage.panel, stage.method)
    if stage.kind == StageKind.FORMAL:
        lists = [repository.checklist(sheet) for sheet in sheets]
        verdict = agree(lists, stage.panel, stage.method.most_extra)
        case.need, case.gap = verdict.needed, verdict.needed > stage.panel and verdict.decision is None


def ask_for_experts(tx: Any, round_id: str, case_ids: Iterable[str]) -> str | None:
    """Have the empty seats of these cases filled by a job; return its id, or None when there are no cases."""
    wanted = sorted(set(case_ids))
    return tx.enqueue(FILL, {"round_id": round_id, "case_ids": wanted, "pins": []}) if wanted else None


def recuse_seat(tx: Any, round_: Round, seat: Seat, ground: str) -> None:
    """Give a seat back for a conflict, and tell so."""
    vacate(tx, round_, seat, AssignmentStatus.RECUSED, ground)
    tx.emit(events.ExpertRecused, seat.id, seat.version, {
        "assignment_id": seat.id, "round_id": seat.round_id, "case_id": seat.case_id,
        "expert_id": seat.expert_id, "ground": ground,
    })  # fmt: skip


def remember_recusal(tx: Any, edition_id: str, expert_id: str, target: dict[str, Any], note: str) -> None:
    """Keep what an expert declared, ``{"case_id"}`` or ``{"uscc"}``, for this and later rounds."""
    name = target.get("case_id") or target.get("uscc")
    tx.collection("recusals").update_one(
        {"_id": f"{edition_id}:{expert_id}:{name}"},
        {"$setOnInsert": {
            "edition_id": edition_id, "expert_id": expert_id, **target, "note": note, "at": tx.now,
        }},
        upsert=True,
    )


def _closing(round_: Round) -> Conflict:
    return Conflict("本轮正在截止，请稍后再试。", "The round is being closed; try again.", round_id=round_.id)


def drop_case(tx: Any, assessment: Assessment) -> None:
    """Take a case that leaves the contest out of its round; its seats weigh on nobody any more.

    Raises Conflict while the round is being closed: its result is being written.
    """
    round_ = repository.find(tx, Round, assessment.round_id) if assessment.round_id else None
    if round_ is None or round_.status == RoundStatus.CLOSED:
        return
    if round_.status == RoundStatus.CLOSING:
        raise _closing(round_)
    case = repository.get(tx, RoundCase, round_case_id(round_.id, assessment.id))
    case.drop()
    repository.save(tx, case)
    tx.collection("seats").update_many(
        {"round_id": round_.id, "case_id": assessment.id, "active": True},
        {"$set": {"active": False, "dropped": True}, "$inc": {"version": 1}},
    )
    record_leaving(tx, round_, assessment.id, case_chain(assessment.id))


def restore_case(tx: Any, assessment: Assessment) -> bool:
    """Undo ``drop_case`` where the round is still open; say whether it was."""
    round_ = repository.find(tx, Round, assessment.round_id) if assessment.round_id else None
    if round_ is None or round_.status == RoundStatus.CLOSED:
        return False
    if round_.status == RoundStatus.CLOSING:
        raise _closing(round_)
    case = repository.get(tx, RoundCase, round_case_id(round_.id, assessment.id))
    if case.status == DROPPED:
        case.restore()
        repository.save(tx, case)
        tx.collection("seats").update_many(
            {"round_id": round_.id, "case_id": assessment.id, "dropped": True},
            {"$set": {"active": True, "dropped": False}, "$inc": {"version": 1}},
        )
        if case.status == IN and case.assigned < case.need:
            ask_for_experts(tx, round_.id, [assessment.id])
    return True


def judge_again(tx: Any, assessment: Assessment) -> None:
    """Put a new revision before the same experts."""
    round_ = repository.get(tx, Round, str(assessment.round_id))
    if round_.status == RoundStatus.CLOSING:
        raise NotYet("本轮正在截止。", "The round is being closed.", round_id=round_.id)
    _, stage = repository.rules_of(tx, round_)
    case = repository.get(tx, RoundCase, round_case_id(round_.id, assessment.id))
    case.reopen(stage.panel)
    case.track = assessment.track
    repository.save(tx, case)
    sheets = [doc["_id"] for doc in repository.current_sheets(tx, round_.id, assessment.id)]
    if sheets:
        tx.collection("sheets").update_many({"_id": {"$in": sheets}}, {"$set": {"current": False}})
        _record_set_aside(tx, round_.id, assessment.id, sheets, "new_revision")
    for seat in repository.seats_of(tx, round_id=round_.id, case_id=assessment.id):
        seat.reopen()
        repository.save(tx, seat)
    if case.assigned < case.need:
        ask_for_experts(tx, round_.id, [assessment.id])
