"""Which case gets which prize: the final's ranks, walked prize by prize in the edition's order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from contracts.edition import Prize


@dataclass(frozen=True)
class Placing:
    """A case as the final's result has it; equal ranks are ties that the final's own rule left standing."""

    case_id: str
    rank: int
    score: Decimal


@dataclass(frozen=True)
class Place:
    """A prize for a case."""

    prize: str
    case_id: str
    rank: int
    score: Decimal


def award_places(
    placings: Iterable[Placing], prizes: Sequence[Prize], left_out: Collection[str] = ()
) -> list[Place]:
    """Give each case prize to its ``count`` best cases that have none yet; same facts, same prizes.

    Cases in ``left_out`` (disqualified, withdrawn) take no place: those behind them move up. Everyone tied at
    a cut gets the better prize, and the next prize still has all its places, as the fourth 绽放杯 did it
    (quotas 16/31/48/204, the 16th and 17th tied: 17 first prizes, then 31 second ones).
    """
    standing = sorted(
        (placing for placing in placings if placing.case_id not in left_out),
        key=lambda placing: (placing.rank, placing.case_id),
    )
    groups = [list(tied) for _, tied in groupby(standing, key=lambda placing: placing.rank)]
    places: list[Place] = []
    for prize in prizes:
        if prize.kind != "case":
            continue
        given = 0
        while groups and given < prize.count:
            tied = groups.pop(0)
            places += [Place(prize.id, placing.case_id, placing.rank, placing.score) for placing in tied]
            given += len(tied)
    return places
