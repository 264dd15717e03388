"""Reads on results, and the record that proves them."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound, NotYet
from contracts.words import RoundStatus
from plumbing.store import chain
from plumbing.store.paging import page
from services.review import repository
from services.review.domain.record import round_chain
from services.review.domain.round import Round
from services.review.sealing import leaves_of
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


def round_seal(view: Any, args: Json) -> Json:
    """Compute the root of a closed round again, and check the chains of its cases (at most 500)."""
    round_ = repository.get(view, Round, args["round_id"])
    if round_.status != RoundStatus.CLOSED or round_.merkle_root is None:
        raise NotYet("本轮尚未结束。", "The round is not closed yet.", status=round_.status)
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
    return {
        "round_id": round_.id, "result_id": round_.result_id, "leaves": len(leaves),
        "merkle_root": round_.merkle_root, "recomputed": chain.merkle_root(leaves),
        "chains_checked": len(chains), "findings": findings[:MOST_FINDINGS],
    }  # fmt: skip
