"""Prizes recompute from the stored results, and those are the results that review answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from contracts.errors import NotFound
from desk.check.inspection import Finding, Inspection, Row

TITLE = ("奖项可由评审结果重算", "prizes recompute from the stored results")
Line = tuple[str, int, Decimal]


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield what awards finds when it computes proposals again, and where review tells a result otherwise."""
    yield from inspection.own_findings("awards")
    for proposal in _standing(inspection):
        yield from _compare(inspection, proposal["result_id"])
    yield from inspection.until_empty(lambda: list(_replaced(inspection)))


def _standing(inspection: Inspection) -> list[Row]:
    proposals = inspection.every("awards", "list_proposals")
    return [proposal for proposal in proposals if proposal["status"] != "discarded"]


def _compare(inspection: Inspection, result_id: str) -> Iterator[Finding]:
    heard = Counter(_lines(inspection, "awards", "list_placings", result_id))
    told = Counter(_lines(inspection, "review", "list_scores", result_id))
    inspection.tell(told.total())
    for who, other, lines in (("awards", "review", heard - told), ("review", "awards", told - heard)):
        for case_id, rank, score in sorted(lines):
            problem = f"{who} has it at rank {rank} with {score}, {other} has not"
            yield Finding(f"{result_id} {case_id}", problem)


def _lines(inspection: Inspection, service: str, method: str, result_id: str) -> Iterator[Line]:
    for row in inspection.every(service, method, result_id=result_id):
        yield row["case_id"], row["rank"], Decimal(row["score"])


def _replaced(inspection: Inspection) -> Iterator[Finding]:
    """Yield proposals that take a result for standing which review replaced, or the other way round."""
    for proposal in _standing(inspection):
        try:
            state = inspection.ask("review", "get_result", result_id=proposal["result_id"])["state"]
        except NotFound:
            state = "unknown"
        expected = "superseded" if proposal["superseded_by"] else "current"
        if state != expected:
            problem = f"follows from result {proposal['result_id']}, {expected} to awards, {state} to review"
            yield Finding(proposal["proposal_id"], problem)
