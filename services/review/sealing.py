"""What the root of a round is made of, and the seal that the service puts under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts.edition import Stage
from contracts.words import StageKind
from plumbing.store import chain
from plumbing.store.plain import canonical, digest, to_plain
from services.review import repository
from services.review.domain.record import round_chain, standing_content
from services.review.domain.round import Round
from services.review.domain.round_case import DECIDED, RoundCase, round_case_id
from services.review.domain.seat import Seat

SIGNED = (
    "round_id", "result_id", "merkle_root", "cases", "sheets", "advanced", "closed_at", "rules_hash",
)  # fmt: skip
"""What the signature is over, as canonical JSON."""
RESULT_FACTS = ("name", "method", "reason", "made_at", "replaces", "places", "at_cut", "decided_by")
Sign = Callable[[str], tuple[str, str]]
"""Returns the key's id and the signature in hex."""


def leaves_query(round_: Round, result_id: str | None) -> tuple[str, dict[str, Any]]:
    """Return the collection and query of what names the leaves of a root; by ``_id`` they are in order."""
    if round_.kind == StageKind.FORMAL:
        return "round_cases", {"round_id": round_.id, "status": DECIDED}
    return "scores", {"result_id": result_id}


def leaves_of(reader: Any, round_: Round, result_id: str | None) -> list[str]:
    """Return the hash of each case's last record in the round, by case id: what the root is made of."""
    collection, query = leaves_query(round_, result_id)
    rows = reader.collection(collection).find(query, {"record_hash": 1}, sort=[("_id", 1)])
    return [row["record_hash"] for row in rows]


def rules_of_seal(round_: Round, stage: Stage, method: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules by which a result was made, as JSON values: enough to compute it again."""
    kept = {name: asdict(stage)[name] for name in ("panel", "least_sheets", "rubric", "quota", "tie")}
    names = ("edition_id", "edition_version", "stage", "kind", "track")
    plain: dict[str, Any] = to_plain(
        {**{name: getattr(round_, name) for name in names}, **kept, "method": dict(method)}
    )
    return plain


def make_seal(
    sign: Sign, round_: Round, result: Mapping[str, Any], root: str, rules: dict[str, Any]
) -> dict[str, Any]:
    """Return the record of a sealed result: what is signed, the signature, and how the result came about."""
    signed: dict[str, Any] = to_plain({
        "round_id": round_.id, "result_id": result["_id"], "merkle_root": root,
        **{name: result[name] for name in ("cases", "sheets", "advanced")},
        "closed_at": round_.closed_at, "rules_hash": digest(rules),
    })  # fmt: skip
    key_id, signature = sign(canonical(signed))
    facts = {name: result[name] for name in RESULT_FACTS}
    return {**signed, "key_id": key_id, "signature": signature, **facts}


def find_seal(reader: Any, round_id: str, result_id: str | None) -> dict[str, Any] | None:
    """Return the record that sealed a result, or None."""
    found: dict[str, Any] | None = reader.collection("records").find_one(
        {"chain": round_chain(round_id), "kind": "result_sealed", "content.result_id": result_id}
    )
    return found


def is_signed(seal: Mapping[str, Any], tokens: Any) -> bool:
    """Say whether the signature of a seal is of this service and over what the seal says."""
    said = {name: seal.get(name) for name in SIGNED}
    good: bool = tokens.verify_text(seal.get("key_id", ""), canonical(said), seal.get("signature", ""))
    return good


def standings(tx: Any, round_: Round, case_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return how cases and their panels stand, by case id, as it is put on the record."""
    keys = [round_case_id(round_.id, case_id) for case_id in case_ids]
    seats: dict[str, list[Seat]] = {case_id: [] for case_id in case_ids}
    for doc in tx.collection("seats").find({"round_id": round_.id, "case_id": {"$in": list(case_ids)}}):
        seat = repository.from_doc(Seat, doc)
        assert seat is not None
        seats[seat.case_id].append(seat)
    found: dict[str, dict[str, Any]] = {}
    for doc in tx.collection("round_cases").find({"_id": {"$in": keys}}):
        case = repository.from_doc(RoundCase, doc)
        assert case is not None
        found[case.case_id] = standing_content(round_.salt, case, seats[case.case_id])
    return found


def record_leaving(tx: Any, round_: Round, case_id: str, chain_name: str) -> None:
    """Put on the record that a case left a round, and how its panel stood."""
    content = {"round_id": round_.id, "case_id": case_id, **standings(tx, round_, [case_id])[case_id]}
    chain.append(tx, chain_name, "left_round", content)
