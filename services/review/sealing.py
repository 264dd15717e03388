"""What the root of a round is made of."""

from __future__ import annotations

from typing import Any

from contracts.words import StageKind
from services.review.domain.round import Round
from services.review.domain.round_case import DECIDED


def leaves_of(reader: Any, round_: Round, result_id: str | None) -> list[str]:
    """Return the hash of each case's last record in the round, by case id: what the root is made of."""
    if round_.kind == StageKind.FORMAL:
        rows = reader.collection("round_cases").find(
            {"round_id": round_.id, "status": DECIDED}, {"record_hash": 1}, sort=[("case_id", 1)]
        )
    else:
        rows = reader.collection("scores").find(
            {"result_id": result_id}, {"record_hash": 1}, sort=[("case_id", 1)]
        )
    return [row["record_hash"] for row in rows]
