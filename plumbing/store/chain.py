"""Tamper evidence: records that are only added, each holding the hash of the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from plumbing.service import Index
from plumbing.store.plain import digest, to_plain

INDEXES = (Index("records", (("chain", 1), ("index", 1)), unique=True),)
GENESIS = "0" * 64
Problem = dict[str, Any]


def append(tx: Any, chain: str, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Add a record to a chain and return its place: {"index" (from 1), "hash"}.

    ``content`` is kept and hashed as JSON values. Of two who append at once, one runs again.
    """
    head = tx.collection("chain_heads").find_one({"_id": chain}) or {"index": 0, "hash": GENESIS}
    record = {
        "chain": chain,
        "index": head["index"] + 1,
        "kind": kind,
        "at": to_plain(tx.now),
        "content": to_plain(content),
        "previous": head["hash"],
    }
    record["hash"] = hash_of(record)
    tx.collection("records").insert_one({"_id": f"{chain}#{record['index']:08d}", **record})
    place = {"index": record["index"], "hash": record["hash"]}
    tx.collection("chain_heads").update_one({"_id": chain}, {"$set": place}, upsert=True)
    return place


def hash_of(record: Mapping[str, Any]) -> str:
    """Return the hash a record must carry: over everything in it but the hash itself."""
    return digest({name: value for name, value in record.items() if name not in ("_id", "hash")})


def verify(collection: Any, chain: str, head: Mapping[str, Any] | None = None) -> list[Problem]:
    """Return what is wrong with a chain, [] when nothing is: {"index", "problem"}.

    ``head`` ({"index", "hash"}, as kept in ``chain_heads``) tells a chain cut short at its end.
    """
    findings, end = _follow(collection.find({"chain": chain}, sort=[("index", 1)]))
    if head and (head["index"], head["hash"]) != end:
        findings.append({"index": head["index"], "problem": "the end of the chain is missing or changed"})
    return findings


def find_broken(records: Any, heads: Any) -> list[str]:
    """Return the chains that are not whole, or seemed so because they grew meanwhile: look at each again.

    Reads all records in one stream; a query for each of thousands of chains takes many times as long.
    """
    broken, ends = [], {}
    for name, chain in groupby(records.find({}, sort=[("chain", 1), ("index", 1)]), itemgetter("chain")):
        findings, ends[name] = _follow(chain)
        if findings:
            broken.append(name)
    for head in heads.find({}):
        if ends.pop(head["_id"], None) != (head["index"], head["hash"]):
            broken.append(head["_id"])
    return sorted({*broken, *ends})


def _follow(records: Iterable[Mapping[str, Any]]) -> tuple[list[Problem], tuple[int, str]]:
    """Return what is wrong within a chain, and where it ends."""
    findings: list[Problem] = []
    previous, index = GENESIS, 0
    for record in records:
        index += 1
        if record["index"] != index:
            findings.append({"index": index, "problem": "record missing"})
            index = record["index"]
        if record["previous"] != previous:
            findings.append({"index": index, "problem": "does not follow the record before"})
        if hash_of(record) != record["hash"]:
            findings.append({"index": index, "problem": "content was changed"})
        previous = record["hash"]
    return findings, (index, previous)


def merkle_root(hashes: Sequence[str]) -> str:
    """Return the root over hex hashes in their order (as RFC 6962 does); GENESIS for none."""
    level = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in hashes]
    if not level:
        return GENESIS
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + level[place] + level[place + 1]).digest()
            for place in range(0, len(level) - 1, 2)
        ]
        level = paired + level[len(paired) * 2 :]
    return level[0].hex()
