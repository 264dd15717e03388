"""What must always hold: rounds and results are stored as recorded when they opened and were sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from contracts.words import RoundStatus, StageKind
from plumbing.service import Findings
from plumbing.store.comparing import differing, say_differing
from services.review.domain.record import round_chain
from services.review.domain.round import slot_of
from services.review.evidence import LOCK, Doc, Finding, say, unfinished
from services.review.sealing import RESULT_FACTS, is_signed


def rounds_follow_record(view: Any) -> Findings:
    """Compare rounds and results with what was recorded when they opened and were sealed."""
    findings = Findings()
    heads = view.collection("chain_heads").find({"_id": {"$regex": "^round:"}}, {"_id": 1})
    keys = {head["_id"].removeprefix("round:") for head in heads}
    keys |= {doc["_id"] for doc in view.collection("rounds").find({}, {"_id": 1})}
    sealed: set[str] = set()
    for round_id in sorted(keys):
        records = list(view.collection("records").find({"chain": round_chain(round_id)}, sort=[("index", 1)]))
        seals = [record["content"] for record in records if record["kind"] == "result_sealed"]
        sealed |= {seal["result_id"] for seal in seals}
        findings.seen += 1 + len(seals)
        doc = view.collection("rounds").find_one({"_id": round_id})
        opened = records[0]["content"] if records and records[0]["kind"] == "round_opened" else None
        if doc is None or opened is None:
            problem = "is missing" if doc is None else "is on no record"
            findings.append(say("rounds_follow_record", "rounds", round_id, problem))
            continue
        names = differing(doc, _round(doc, opened, seals), ("salt", "pending_result", *LOCK))
        if hashlib.sha256(doc["salt"].encode()).hexdigest() != opened["salt_hash"]:
            names.append("salt")
        pending = {"_id": doc["pending_result"], "round_id": round_id, "state": "computing"}
        if doc["pending_result"] is not None and not view.collection("results").find_one(pending):
            names.append("pending_result")
        if names:
            findings.append(say_differing("rounds_follow_record", "rounds", round_id, names))
        findings += _results(view, round_id, opened, seals)
    written = view.collection("results").find({"state": {"$ne": "computing"}}, {"_id": 1})
    strays = {doc["_id"] for doc in written} - sealed
    strays |= unfinished(view, "results", "_id", {"state": "computing"})
    findings += [say("rounds_follow_record", "results", key, "is on no record") for key in sorted(strays)]
    return findings


def _round(doc: Doc, opened: Doc, seals: list[Doc]) -> Doc:
    names = ("edition_id", "edition_version", "stage", "kind", "track", "opened_at")
    wanted = {name: opened[name] for name in names}
    slot = slot_of(opened["edition_id"], opened["stage"], opened["track"])
    if not seals:
        unsealed = {RoundStatus.OPEN.value, RoundStatus.CLOSING.value}
        status = doc["status"] if doc["status"] in unsealed else RoundStatus.OPEN.value
        not_yet = dict.fromkeys(("closed_at", "result_id", "merkle_root"))
        return wanted | not_yet | {"status": status, "slot": slot}
    last = {name: seals[-1][name] for name in ("closed_at", "result_id", "merkle_root")}
    formal = opened["kind"] == StageKind.FORMAL
    return wanted | last | {
        "status": RoundStatus.CLOSED.value, "slot": f"{slot}:{doc['_id']}" if formal else slot,
    }  # fmt: skip


def _results(view: Any, round_id: str, opened: Doc, seals: list[Doc]) -> Iterator[Finding]:
    facts = ("round_id", "merkle_root", "cases", "sheets", "advanced", *RESULT_FACTS)
    for seal in seals:
        if not is_signed(seal, view.parts.tokens):
            key = f"{round_chain(round_id)} {seal['result_id']}"
            yield say("rounds_follow_record", "records", key, "the signature is not over what the seal says")
        doc = view.collection("results").find_one({"_id": seal["result_id"]})
        if doc is None:
            yield say("rounds_follow_record", "results", seal["result_id"], "is missing")
            continue
        state = "current" if seal is seals[-1] else "superseded"
        wanted = {name: seal[name] for name in facts} | {"state": state, "edition_id": opened["edition_id"]}
        if names := differing(doc, wanted):
            yield say_differing("rounds_follow_record", "results", seal["result_id"], names)
