"""What must always hold: closed rounds recompute from their sheets, and each scored seat has one sheet."""

from __future__ import annotations

from typing import Any

from contracts.words import RoundStatus, StageKind
from plumbing.service import Findings
from plumbing.store import chain
from services.review import repository
from services.review.domain.closing import Result, compute_result, method_from_json
from services.review.domain.record import result_content
from services.review.domain.round import Round
from services.review.domain.round_case import DECIDED
from services.review.sealing import leaves_of

Finding = dict[str, str]
COMPARED = ("score", "rank", "tied", "outcome", "sheets")


def closed_rounds_recompute(view: Any) -> Findings:
    """Compute every result of every closed round again from its sheets, and its root from the record."""
    findings = Findings()
    for doc in list(view.collection("rounds").find({"status": RoundStatus.CLOSED.value}, sort=[("_id", 1)])):
        round_ = repository.from_doc(Round, doc)
        assert round_ is not None
        leaves = leaves_of(view, round_, round_.result_id)
        findings.seen += len(leaves)
        if chain.merkle_root(leaves) != round_.merkle_root:
            findings.append(_finding("round root", round_.id, "the Merkle root differs from the record"))
        recorded = view.collection("records").find({"hash": {"$in": leaves}}, {"hash": 1})
        if missing := set(leaves) - {record["hash"] for record in recorded}:
            findings.append(_finding("round root", round_.id, f"{len(missing)} records are missing"))
        if round_.kind != StageKind.FORMAL:
            findings += _recompute(view, round_)
    return findings


def _recompute(view: Any, round_: Round) -> list[Finding]:
    _, stage = repository.rules_of(view, round_)
    query = {"round_id": round_.id, "status": DECIDED}
    judged = {doc["case_id"] for doc in view.collection("round_cases").find(query, {"case_id": 1})}
    sheets = [
        repository.full_sheet(doc)
        for doc in repository.current_sheets(view, round_.id) if doc["case_id"] in judged
    ]  # fmt: skip
    findings: list[Finding] = []
    for result in view.collection("results").find({"round_id": round_.id, "state": {"$ne": "computing"}}):
        method = result["method"]["name"]
        computed = compute_result(sheets, stage, method_from_json(result["method"]))
        findings += _recompute_cut(result, computed)
        wanted = {
            line.case_id: result_content(round_.id, result["_id"], method, line) for line in computed.lines
        }
        lines = view.collection("scores").find({"result_id": result["_id"]})
        stored = {line["case_id"]: line for line in lines}
        if stored.keys() != wanted.keys():
            findings.append(_finding("result", result["_id"], "its cases differ from those that were judged"))
        for case_id in sorted(stored.keys() & wanted.keys()):
            wrong = [name for name in COMPARED if stored[case_id][name] != wanted[case_id][name]]
            if wrong:
                said = f"{', '.join(wrong)} differ"
                findings.append(_finding("result", f"{result['_id']}:{case_id}", said))
    return findings


def _recompute_cut(result: dict[str, Any], computed: Result) -> list[Finding]:
    cut = computed.cut
    wanted = {
        "cases": len(computed.lines), "advanced": computed.advanced, "places": cut.places,
        "at_cut": list(cut.at_cut), "decided_by": list(cut.decided_by),
    }  # fmt: skip
    wrong = [name for name, value in wanted.items() if result[name] != value]
    return [_finding("result", result["_id"], f"{', '.join(wrong)} differ")] if wrong else []


def scored_seats_have_one_sheet(view: Any) -> Findings:
    """Compare each scored seat with the sheets that count for it."""
    counted: dict[str, list[str]] = {}
    for doc in view.collection("sheets").find({"current": True}, {"assignment_id": 1}):
        counted.setdefault(doc["assignment_id"], []).append(doc["_id"])
    findings = Findings(len(counted))
    for seat in view.collection("seats").find({"status": "scored"}, {"sheet_id": 1}):
        if counted.pop(seat["_id"], []) != [seat["sheet_id"]]:
            findings.append(_finding("score sheet", seat["_id"], "a scored seat has not exactly one sheet"))
    findings += [_finding("score sheet", key, "a sheet counts for an unscored seat") for key in counted]
    return findings


def _finding(check: str, subject: str, problem: str) -> Finding:
    return {"check": check, "subject": subject, "problem": problem}
