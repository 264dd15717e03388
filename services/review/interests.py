"""Conflicts between experts and the cases they were given, asked anew from what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from contracts.edition import Recusal
from contracts.errors import NotAllowed
from contracts.words import AssignmentStatus, RoundStatus
from services.review import repository
from services.review.domain.recusal import Interests, Ties, conflicts, interests_of, ties_of
from services.review.domain.round import Round
from services.review.domain.round_case import RoundCase, round_case_id
from services.review.domain.seat import Seat
from services.review.panels import ask_for_experts, recuse_seat
from services.review.planning import units_of

Pair = tuple[str, str]
"""(case, expert)"""


def find_conflicts(reader: Any, round_: Round, pairs: Iterable[Pair]) -> dict[Pair, list[str]]:
    """Return the pairs of a case and an expert that must not meet in the round, each with its grounds."""
    wanted = sorted(set(pairs))
    edition, _ = repository.rules_of(reader, round_)
    cases = repository.by_id(reader, "cases", (case_id for case_id, _ in wanted))
    units = units_of(reader, {case_id: copy["unit_id"] for case_id, copy in cases.items()}, cases)
    interests = {case_id: interests_of(case_id, units[case_id]) for case_id in cases}
    ties = _ties(reader, round_.edition_id, {expert_id for _, expert_id in wanted})
    return {
        (case_id, expert_id): grounds
        for case_id, expert_id in wanted
        if case_id in interests and expert_id in ties
        and (grounds := _between(interests[case_id], ties[expert_id], edition.recusal, reader.now))
    }  # fmt: skip


def _ties(reader: Any, edition_id: str, expert_ids: set[str]) -> dict[str, Ties]:
    said: dict[str, list[dict[str, Any]]] = {}
    query = {"edition_id": edition_id, "expert_id": {"$in": sorted(expert_ids)}}
    for row in reader.collection("recusals").find(query):
        said.setdefault(row["expert_id"], []).append(row)
    experts = repository.by_id(reader, "experts", expert_ids)
    return {key: ties_of(expert, said.get(key, ())) for key, expert in experts.items()}


def _between(case: Interests, expert: Ties, rules: Recusal, now: datetime) -> list[str]:
    return conflicts(case, expert, rules, now.year)


def require_no_conflict(reader: Any, round_: Round, seat: Seat) -> None:
    """Raise NotAllowed where the expert must not see or judge the case of his seat."""
    pair = (seat.case_id, seat.expert_id)
    if grounds := find_conflicts(reader, round_, [pair]).get(pair):
        raise NotAllowed(
            f"您与该案例存在须回避的关系（{'、'.join(grounds)}），不能查看或评审。",
            f"You must not see or judge this case: {', '.join(grounds)}.", grounds=grounds,
        )  # fmt: skip


def vacate_conflicts(tx: Any, seats: Sequence[Seat]) -> list[Seat]:
    """Take the seats of open rounds from experts who must not judge the case any more; find others.

    What is decided already stays: a formal decision that was told, and a result that is being written.
    """
    by_round: dict[str, list[Seat]] = {}
    for seat in seats:
        by_round.setdefault(seat.round_id, []).append(seat)
    left: list[Seat] = []
    for round_id, own in sorted(by_round.items()):
        round_ = repository.get(tx, Round, round_id)
        if round_.status != RoundStatus.OPEN:
            continue
        found = find_conflicts(tx, round_, [(seat.case_id, seat.expert_id) for seat in own])
        gone = [seat for seat in own if (seat.case_id, seat.expert_id) in found and may_leave(tx, seat)]
        for seat in gone:
            recuse_seat(tx, round_, seat, found[seat.case_id, seat.expert_id][0])
        ask_for_experts(tx, round_id, (seat.case_id for seat in gone))
        left += gone
    return left


def may_leave(tx: Any, seat: Seat) -> bool:
    """Say whether the seat can be given up: no decision rests on its sheet."""
    case = repository.get(tx, RoundCase, round_case_id(seat.round_id, seat.case_id))
    return seat.status != AssignmentStatus.SCORED or case.is_undecided


def open_seats(reader: Any, **query: Any) -> list[Seat]:
    """Return the seats that are held in open rounds, by any of their fields."""
    rounds = reader.collection("rounds").find({"status": RoundStatus.OPEN.value}, {"_id": 1})
    return repository.seats_of(reader, round_id={"$in": [row["_id"] for row in rounds]}, **query)
