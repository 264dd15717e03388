"""Reads on results, and the record that proves them."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound, NotYet
from contracts.words import RoundStatus
from plumbing.store import chain
from plumbing.store.paging import page
from services.review import repository
from services.review.domain.record import case_chain, round_chain
from services.review.domain.round import Round
from services.review.sealing import (
    SIGNED,
    find_seal,
    is_signed,
    leaves_of,
    leaves_query,
    rules_of_seal,
)
from services.review.shapes import show_record, show_result, show_score

Json = dict[str, Any]
MOST_CHAINS = 500
MOST_FINDINGS = 100


def list_results(view: Any, args: Json) -> Json:
    """List a round's named results."""
    return page(view.collection("results"), {"round_id": args["round_id"]}, args, show_result)


def get_result(view: Any, args: Json) -> Json:
    """Show one result."""
    doc = view.collection("results").find_one({"_id": args["result_id"]})
    if doc is None:
        raise NotFound("没有这个结果。", "There is no such result.", id=args["result_id"])
    return show_result(doc)


def list_scores(view: Any, args: Json) -> Json:
    """List the lines of a result, best first."""
    query = {"result_id": args["result_id"]}
    return page(view.collection("scores"), query, args, show_score, order=(("rank", 1), ("_id", 1)))


def round_record(view: Any, args: Json) -> Json:
    """List everything recorded in a round."""
    repository.get(view, Round, args["round_id"])
    query = {"content.round_id": args["round_id"]}
    return page(view.collection("records"), query, args, show_record)


def round_leaves(view: Any, args: Json) -> Json:
    """List the leaves of a closed round's root in their order, each with its case's records up to it."""
    round_ = closed_round(view, args["round_id"])
    collection, query = leaves_query(round_, round_.result_id)
    listed = page(view.collection(collection), query, args, dict)
    chains: dict[str, list[Json]] = {case_chain(row["case_id"]): [] for row in listed["items"]}
    found = {"chain": {"$in": sorted(chains)}}
    for record in view.collection("records").find(found, sort=[("chain", 1), ("index", 1)]):
        chains[record["chain"]].append(show_record(record))
    items = []
    for row in listed["items"]:
        records = chains[case_chain(row["case_id"])]
        places = [place for place, record in enumerate(records) if record["hash"] == row["record_hash"]]
        upto = places[0] + 1 if places else len(records)
        items.append({"case_id": row["case_id"], "leaf": row["record_hash"], "records": records[:upto]})
    return {**listed, "items": items}


def round_seal(view: Any, args: Json) -> Json:
    """Compute the root of a closed round again, and check signature and chains of its cases (at most 500)."""
    round_ = closed_round(view, args["round_id"])
    leaves = leaves_of(view, round_, round_.result_id)
    query = {"content.round_id": round_.id}
    chains = sorted(view.collection("records").distinct("chain", query))[:MOST_CHAINS]
    if round_chain(round_.id) not in chains:
        chains.append(round_chain(round_.id))
    findings: list[Json] = []
    for name in chains:
        head = view.collection("chain_heads").find_one({"_id": name})
        found = chain.verify(view.collection("records"), name, head)
        findings += [{"chain": name, **finding} for finding in found]
    record = find_seal(view, round_.id, round_.result_id)
    if record is None:
        findings.insert(0, {"chain": round_chain(round_.id), "index": 0, "problem": "the seal is missing"})
    seal = record["content"] if record else {}
    _, stage = repository.rules_of(view, round_)
    result = view.collection("results").find_one({"_id": round_.result_id}) or {"method": {}}
    key_id = str(seal.get("key_id", ""))
    return {
        "round_id": round_.id, "result_id": round_.result_id, "leaves": len(leaves),
        "merkle_root": round_.merkle_root, "recomputed": chain.merkle_root(leaves),
        "signed": {name: seal.get(name) for name in SIGNED}, "signature": str(seal.get("signature", "")),
        "key_id": key_id, "public_key": view.parts.tokens.public_key(key_id),
        "signature_holds": is_signed(seal, view.parts.tokens),
        "rules": rules_of_seal(round_, stage, result["method"]),
        "chains_checked": len(chains), "findings": findings[:MOST_FINDINGS],
    }  # fmt: skip


def closed_round(view: Any, round_id: str) -> Round:
    """Return a round that is closed.

    Raises NotYet while it is not.
    """
    round_ = repository.get(view, Round, round_id)
    if round_.status != RoundStatus.CLOSED or round_.merkle_root is None:
        raise NotYet("本轮尚未结束。", "The round is not closed yet.", status=round_.status)
    return round_
