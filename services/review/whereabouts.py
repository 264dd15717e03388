"""What must always hold: cases and units stand where the recorded decisions put them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from contracts.edition import Edition
from contracts.words import AssessmentStatus as At
from contracts.words import Outcome, QualificationStatus, StageKind
from plumbing.service import Findings
from plumbing.store.comparing import differing, say_differing
from services.review import repository
from services.review.domain.record import case_chain

Finding = dict[str, str]
Doc = dict[str, Any]
PORTION = 500
DECIDING = ("formal_decision", "result", "decision")
# where a case may have gone since by itself: into a round, or back from the unit
ONWARD = {
    At.WAITING: {At.WAITING, At.IN_FORMAL_REVIEW}, At.QUALIFIED: {At.QUALIFIED, At.IN_ROUND},
    At.ADVANCED: {At.ADVANCED, At.IN_ROUND}, At.RETURNED: {At.RETURNED, At.IN_FORMAL_REVIEW, At.WAITING},
}  # fmt: skip
JUDGED = (At.IN_FORMAL_REVIEW, At.IN_ROUND)
UNIT_STATUS = {
    "qualification_pass": QualificationStatus.PASSED, "qualification_reject": QualificationStatus.REJECTED,
    "qualification_return": QualificationStatus.RETURNED,
}  # fmt: skip


def cases_stand_as_decided(view: Any) -> Findings:
    """Compare where each case stands with the decisions and results on its record."""
    findings = Findings()
    rounds = {doc["_id"]: doc for doc in view.collection("rounds").find({})}
    editions: dict[str, Edition] = {}
    units = view.collection("qualifications").find({}, {"edition_id": 1, "unit_id": 1, "status": 1})
    decided = {(doc["edition_id"], doc["unit_id"]): doc["status"] for doc in units}
    rest = iter(view.collection("assessments").find({}, sort=[("_id", 1)]))
    while portion := list(islice(rest, PORTION)):
        findings.seen += len(portion)
        chains = {case_chain(doc["_id"]): doc for doc in portion}
        told: dict[str, list[Doc]] = {name: [] for name in chains}
        query = {"chain": {"$in": sorted(chains)}, "kind": {"$in": list(DECIDING)}}
        for record in view.collection("records").find(query, sort=[("chain", 1), ("index", 1)]):
            told[record["chain"]].append(record)
        for name, doc in chains.items():
            key = doc["edition_id"]
            if key not in editions:
                editions[key] = repository.current_edition(view, key)
            unit = decided.get((key, doc["unit_id"]))
            rejected = unit == QualificationStatus.REJECTED
            wrong = list(_misplaced(doc, told[name], rounds, editions[key], rejected=rejected))
            if doc["unit_passed"] != (unit == QualificationStatus.PASSED):
                wrong.append("unit_passed")
            if wrong:
                findings.append(say_differing("cases_stand_as_decided", "assessments", doc["_id"], wrong))
    return findings


def _misplaced(
    doc: Doc, told: list[Doc], rounds: dict[str, Doc], edition: Edition, *, rejected: bool
) -> Iterator[str]:
    """Follow the decisions, and yield the fields that do not stand where they lead."""
    status, stage = (At.FAILED, None) if rejected else (At.WAITING, edition.stages[0].id)
    before: At | None = None
    for record in told:
        content = record["content"]
        reached, following = _lead(content, record["kind"], rounds, edition)
        if content.get("what") == "disqualified":
            status, before = At.DISQUALIFIED, status
        elif content.get("what") == "reinstated" and before:
            status, before = before, None
        elif reached == At.WITHDRAWN:
            status, stage = reached, None
        elif reached and status == At.DISQUALIFIED:
            before, stage = reached, following
        elif reached and status != At.WITHDRAWN:
            status, stage = reached, following
    allowed = ONWARD.get(status, {status})
    if doc["status"] not in allowed:
        yield "status"
    elif doc["status"] in JUDGED and not _is_open(rounds.get(doc["round_id"] or "")):
        yield "round_id"
    if doc["status_before"] not in (ONWARD.get(before, {before}) if before else {None}):
        yield "status_before"
    if doc["next_stage"] != stage:
        yield "next_stage"


def _lead(
    content: Doc, kind: str, rounds: dict[str, Doc], edition: Edition
) -> tuple[At | None, str | None]:
    """Return where a record puts a case, and the stage it waits for then."""
    if content.get("what") == "withdrawn":
        return At.WITHDRAWN, None
    round_ = rounds.get(content.get("round_id", ""))
    if round_ is None:
        return None, None
    following = edition.stage_after(round_["stage"])
    onward = following.id if following else None
    if kind == "result":
        if round_["kind"] == StageKind.FINAL:
            return At.FINALIST, None
        return (At.ADVANCED, onward) if content["outcome"] == Outcome.ADVANCED else (At.STOPPED, None)
    formal = {
        "formal_pass": (At.QUALIFIED, onward), "formal_return": (At.RETURNED, round_["stage"]),
        "formal_fail": (At.FAILED, None),
    }  # fmt: skip
    return formal.get(content["what"], (None, None))


def _is_open(round_: Doc | None) -> bool:
    return round_ is not None and round_["status"] != "closed"


def qualifications_follow_record(view: Any) -> Findings:
    """Compare each unit's qualification with the last decision on its record."""
    findings = Findings()
    rest = iter(view.collection("qualifications").find({}, sort=[("_id", 1)]))
    while portion := list(islice(rest, PORTION)):
        findings.seen += len(portion)
        chains = {f"qualification:{doc['_id']}": doc for doc in portion}
        # of each chain the last one stays
        query, order = {"chain": {"$in": sorted(chains)}}, [("chain", 1), ("index", 1)]
        last = {record["chain"]: record for record in view.collection("records").find(query, sort=order)}
        for name, doc in chains.items():
            wanted = _decided(doc, last.get(name))
            if names := differing({field: doc.get(field) for field in wanted}, wanted):
                findings.append(
                    say_differing("qualifications_follow_record", "qualifications", doc["_id"], names)
                )
    return findings


def _decided(doc: Doc, last: Doc | None) -> Doc:
    """Return how a unit's qualification stands after the last decision on its record."""
    if last is None:
        return {"status": QualificationStatus.PENDING.value, "decided_by": None, "decided_at": None}
    said = last["content"]
    status = UNIT_STATUS[said["what"]].value
    if status == QualificationStatus.RETURNED and doc["status"] == QualificationStatus.PENDING:
        status = doc["status"]
    return {"status": status, "decided_by": said["actor"], "decided_at": said["at"],
            "reasons": said["reasons"], "unit_id": said["unit_id"],
            "edition_id": said["edition_id"]}  # fmt: skip
