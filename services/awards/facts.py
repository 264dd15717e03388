"""What a proposal follows from, read from the copies of what review, submission and registration told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.edition import Edition
from services.awards.domain.organisation import Entered
from services.awards.domain.prizes import Placing
from services.awards.domain.proposal import Proposal
from services.awards.repository import require_arrived


@dataclass(frozen=True)
class Shifts:
    """Finalists knocked out (``gone``) or reinstated (``back``) since a proposal was drawn up."""

    placings: list[Placing]
    gone: frozenset[str]
    back: frozenset[str]


def read_placings(source: Any, final: dict[str, Any]) -> list[Placing]:
    """Return the ranks of a final's result; NotYet until as many arrived as its closing counted."""
    rows = list(source.collection("results").find({"result_id": final["result_id"]}))
    require_arrived(
        len(rows) == final["cases"], "RoundScored", result_id=final["result_id"], arrived=len(rows),
        expected=final["cases"],
    )  # fmt: skip
    return [to_placing(row) for row in rows]


def read_shifts(source: Any, proposal: Proposal) -> Shifts:
    """Compare the finalists that a proposal left out with those that are out now."""
    rows = source.collection("results").find({"result_id": proposal.result_id})
    placings = [to_placing(row) for row in rows]
    now = read_left_out(source, proposal.edition_id) & {placing.case_id for placing in placings}
    before = frozenset(proposal.left_out)
    return Shifts(placings, gone=now - before, back=before - now)


def to_placing(row: dict[str, Any]) -> Placing:
    """Return what a result says of a case from its copy."""
    return Placing(row["case_id"], row["rank"], Decimal(row["score"]))


def read_left_out(source: Any, edition_id: str) -> frozenset[str]:
    """Return the cases of an edition that were disqualified or withdrawn."""
    query = {"edition_id": edition_id, "$or": [{"disqualified": True}, {"withdrawn": True}]}
    return frozenset(row["_id"] for row in source.collection("standings").find(query, {"_id": 1}))


def read_entered(
    source: Any, edition: Edition, prized: Collection[str], left_out: Collection[str]
) -> list[Entered]:
    """Return every case that counts for an organisation.

    Qualified is a case whose unit passed the qualification and which itself passed the formal review.
    """
    of_edition = {"edition_id": edition.id}
    formal = source.collection("standings").find({**of_edition, "formal": True}, {"_id": 1})
    in_order = {row["_id"] for row in formal}
    passed = {row["unit_id"] for row in source.collection("qualifications").find(of_edition, {"unit_id": 1})}
    by = edition.organisation.by
    units = {row["_id"]: row.get(by) for row in source.collection("units").find({}, {by: 1})}
    cases = source.collection("cases").find(of_edition, {"unit_id": 1})
    return [
        Entered(
            units.get(case["unit_id"]),
            case["unit_id"] in passed and case["_id"] in in_order,
            case["_id"] in prized,
        )
        for case in cases
        if case["_id"] not in left_out
    ]


def read_cases(source: Any, case_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return copies of cases by id; NotYet when one has not arrived."""
    return _read(source, "cases", case_ids)


def read_units(source: Any, unit_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return copies of units by id; NotYet when one has not arrived."""
    return _read(source, "units", unit_ids)


def _read(source: Any, collection: str, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    found = {row["_id"]: row for row in source.collection(collection).find({"_id": {"$in": list(ids)}})}
    missing = sorted(set(ids) - found.keys())
    require_arrived(not missing, collection, missing=missing[:20])
    return found
