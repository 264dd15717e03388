"""The job that writes a result: score → tell each case → seal. Safe to stop anywhere, and to run twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.edition import Edition, Method, Stage
from contracts.errors import Conflict
from contracts.events import review as events
from contracts.words import RoundStatus, StageKind
from plumbing.service import Job
from plumbing.store import chain
from services.review import repository
from services.review.domain.assessment import Assessment
from services.review.domain.closing import method_from_json, method_to_json, placed_from_json, wide_cases
from services.review.domain.record import case_chain, result_content, round_chain
from services.review.domain.round import Round
from services.review.domain.round_case import DECIDED, DROPPED, IN
from services.review.sealing import Sign, leaves_of, make_seal, rules_of_seal, standings

WRITE = "write_result"
COMPUTE = "services.review.domain.closing:compute_from_json"
LINES_AT_ONCE = 1000
TOLD_AT_ONCE = 100


def compute(context: Any, round_: Round, method: Method) -> dict[str, Any]:
    """Compute a result in a child process."""
    query = {"round_id": round_.id, "status": {"$in": [IN, DECIDED]}}
    judged = {doc["case_id"] for doc in context.collection("round_cases").find(query, {"case_id": 1})}
    docs = [doc for doc in repository.current_sheets(context, round_.id) if doc["case_id"] in judged]
    kept = ("case_id", "expert", "total", "values")
    rules = context.collection("edition_versions").find_one(
        {"_id": f"{round_.edition_id}:{round_.edition_version}"}
    )
    result: dict[str, Any] = context.parts.offload.call(COMPUTE, {
        "edition": rules["edition"], "stage": round_.stage, "method": method_to_json(method),
        "sheets": [{"id": doc["_id"], **{name: doc[name] for name in kept}} for doc in docs],
    }, timeout=300, memory_mb=2048)  # fmt: skip
    return {**result, "wide": wide_cases([repository.full_sheet(doc) for doc in docs], method)}


@dataclass(frozen=True)
class Facts:
    """What a step needs from outside its transaction: the lines while they are written, and the pen."""

    sign: Sign
    computed: dict[str, Any] | None = None


def prepare_result(context: Any, job: Job) -> Facts:
    """Compute the lines while they are being written; frozen as the round is, they stay the same."""
    sign: Sign = context.parts.tokens.sign_text
    round_ = repository.get(context, Round, job.arguments["round_id"])
    if (job.cursor or {}).get("phase", "score") != "score" or round_.kind == StageKind.FORMAL:
        return Facts(sign)
    result = context.collection("results").find_one({"_id": job.arguments["result_id"]})
    return Facts(sign, compute(context, round_, method_from_json(result["method"])))


def write_result(tx: Any, job: Job, facts: Facts) -> None:
    """Do the next portion."""
    round_ = repository.get(tx, Round, job.arguments["round_id"])
    if round_.pending_result != job.arguments["result_id"]:
        job.finished, job.result = True, {"result_id": job.arguments["result_id"]}
        return
    edition, stage = repository.rules_of(tx, round_)
    formal = stage.kind == StageKind.FORMAL
    job.cursor = job.cursor or ({"phase": "record", "after": ""} if formal else {"phase": "score", "at": 0})
    if job.cursor["phase"] == "record":
        _record(tx, job, round_)
    elif job.cursor["phase"] == "score":
        assert facts.computed is not None
        _score(tx, job, facts.computed)
    elif job.cursor["phase"] == "tell":
        _tell(tx, job, round_, edition, stage)
    else:
        _seal(tx, job, round_, stage, facts.sign)


def _record(tx: Any, job: Job, round_: Round) -> None:
    """Put on the record how each case of a formal round and its panel stand in the end."""
    query = {"round_id": round_.id, "status": {"$ne": DROPPED}, "case_id": {"$gt": job.cursor["after"]}}
    cases = list(tx.collection("round_cases").find(query, sort=[("case_id", 1)], limit=TOLD_AT_ONCE))
    standing = standings(tx, round_, [doc["case_id"] for doc in cases])
    for doc in cases:
        content = {"round_id": round_.id, "case_id": doc["case_id"], "status": doc["status"]}
        place = chain.append(
            tx, case_chain(doc["case_id"]), "formal_result", content | standing[doc["case_id"]]
        )
        tx.collection("round_cases").update_one(
            {"_id": doc["_id"]}, {"$set": {"record_hash": place["hash"]}, "$inc": {"version": 1}}
        )
    job.done += len(cases)
    job.cursor = {"phase": "record", "after": cases[-1]["case_id"]} if cases else {"phase": "seal"}


def _score(tx: Any, job: Job, computed: dict[str, Any]) -> None:
    result_id, start = job.arguments["result_id"], job.cursor["at"]
    lines = computed["lines"][start : start + LINES_AT_ONCE]
    known = repository.by_id(tx, "assessments", (line["case_id"] for line in lines))
    written = repository.by_id(tx, "scores", (f"{result_id}:{line['case_id']}" for line in lines))
    lines = [line for line in lines if f"{result_id}:{line['case_id']}" not in written]
    if lines:
        tx.collection("scores").insert_many([
            {"_id": f"{result_id}:{line['case_id']}", "result_id": result_id, "record_hash": None, **line,
             **{name: known[line["case_id"]][name] for name in ("number", "title", "track", "unit_id")}}
            for line in lines
        ])  # fmt: skip
    if start == 0:
        names = ("sheets", "advanced", "places", "at_cut", "decided_by")
        tx.collection("results").update_one(
            {"_id": result_id},
            {"$set": {"cases": len(computed["lines"]), **{name: computed[name] for name in names}}},
        )
        job.total = len(computed["lines"])
    job.cursor["at"] = start + LINES_AT_ONCE
    if job.cursor["at"] >= len(computed["lines"]):
        job.cursor = {"phase": "tell", "after": ""}


def _tell(tx: Any, job: Job, round_: Round, edition: Edition, stage: Stage) -> None:
    result_id = job.arguments["result_id"]
    method = tx.collection("results").find_one({"_id": result_id})["method"]["name"]
    query = {"result_id": result_id, "case_id": {"$gt": job.cursor["after"]}}
    lines = list(tx.collection("scores").find(query, sort=[("case_id", 1)], limit=TOLD_AT_ONCE))
    names = ("case_id", "score", "rank", "tied", "outcome", "sheets", "dropped")
    standing = standings(tx, round_, [line["case_id"] for line in lines])
    for line in lines:
        if line["record_hash"] is not None:
            continue
        placed = placed_from_json({name: line[name] for name in names})
        content = result_content(round_.id, result_id, method, placed) | standing[line["case_id"]]
        content["title"] = line["title"]
        place = chain.append(tx, case_chain(line["case_id"]), "result", content)
        tx.collection("scores").update_one({"_id": line["_id"]}, {"$set": {"record_hash": place["hash"]}})
        _move_on(tx, line, edition, stage)
        tx.emit(events.RoundScored, line["_id"], 1, {
            "result_id": result_id, "round_id": round_.id, "edition_id": round_.edition_id,
            "stage": round_.stage, "kind": round_.kind, "track": line["track"], "case_id": line["case_id"],
            "unit_id": line["unit_id"], "method": method, "score": placed.score, "rank": placed.rank,
            "tied": placed.tied, "outcome": placed.outcome, "sheets": placed.sheets,
        })  # fmt: skip
    job.done += len(lines)
    job.cursor = {"phase": "tell", "after": lines[-1]["case_id"]} if lines else {"phase": "seal"}


def _move_on(tx: Any, line: dict[str, Any], edition: Edition, stage: Stage) -> None:
    case = repository.get(tx, Assessment, line["case_id"])
    case.conclude_round(line["outcome"], edition, stage)
    repository.save(tx, case)


def _seal(tx: Any, job: Job, round_: Round, stage: Stage, sign: Sign) -> None:
    """Compare the counts, put the root on the record, and say last that the round is closed."""
    result_id, formal = job.arguments["result_id"], stage.kind == StageKind.FORMAL
    result = tx.collection("results").find_one({"_id": result_id})
    leaves = leaves_of(tx, round_, result_id)
    if not formal and len(leaves) != result["cases"]:
        raise Conflict("结果条数不符。", "The lines of the result do not add up.", lines=len(leaves))
    root = chain.merkle_root(leaves)
    if formal:
        result |= _count_formal(tx, round_)
    first = round_.status == RoundStatus.CLOSING
    if first:
        round_.close(tx.now, root, formal)
        tx.collection("round_cases").update_many(
            {"round_id": round_.id, "status": IN}, {"$set": {"status": DECIDED}, "$inc": {"version": 1}}
        )
    else:
        round_.result_id, round_.pending_result, round_.merkle_root = result_id, None, root
    repository.save(tx, round_)
    counts = {name: result[name] for name in ("cases", "sheets", "advanced")}
    tx.collection("results").update_one(
        {"_id": result_id}, {"$set": {"state": "current", "merkle_root": root, **counts}}
    )
    seal = make_seal(sign, round_, result, root, rules_of_seal(round_, stage, result["method"]))
    chain.append(tx, round_chain(round_.id), "result_sealed", seal)
    said: dict[str, Any] = {"result_id": result_id, "round_id": round_.id, **counts, "merkle_root": root}
    signature = {name: seal[name] for name in ("rules_hash", "key_id", "signature")}
    tx.emit(events.RoundClosed, round_.id, round_.version, {
        **said, **signature, "edition_id": round_.edition_id, "stage": round_.stage, "kind": round_.kind,
        "track": round_.track, "closed_at": round_.closed_at,
    })  # fmt: skip
    if not first:
        _replace(tx, round_, result)
    job.finished, job.result = True, said


def _replace(tx: Any, round_: Round, result: dict[str, Any]) -> None:
    tx.collection("results").update_one({"_id": result["replaces"]}, {"$set": {"state": "superseded"}})
    tx.emit(events.ResultSuperseded, round_.id, round_.version, {
        "round_id": round_.id, "edition_id": round_.edition_id, "old_result_id": result["replaces"],
        "new_result_id": result["_id"], "reason": result["reason"],
    })  # fmt: skip


def _count_formal(tx: Any, round_: Round) -> dict[str, Any]:
    decided = {"round_id": round_.id, "status": DECIDED}
    return {
        "cases": tx.collection("round_cases").count_documents(decided),
        "sheets": tx.collection("sheets").count_documents({"round_id": round_.id, "current": True}),
        "advanced": tx.collection("round_cases").count_documents({**decided, "decision": "pass"}),
    }

