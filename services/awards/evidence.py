"""What must always hold: what awards stores is as its record has it, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plumbing.service import Findings
from plumbing.store.comparing import differing, say_differing
from plumbing.store.plain import canonical
from services.awards.domain.award import CERTIFIED, WITHDRAWN
from services.awards.recording import DIGESTED, PASSING, UNRECORDED, digests_of, state_chain

Doc = dict[str, Any]
Finding = dict[str, str]
CHECK = "awards_follow_record"
RECORD_ONLY = ("id", "digests", "digests_before")
CHAINED = ("proposals", "objections", "nominations")


def awards_follow_record(view: Any) -> Findings:
    """Compare proposals, awards, certificates, objections and nominations with the last state recorded."""
    findings = Findings()
    recorded: dict[str, Doc] = {}
    for collection in CHAINED:
        known: dict[str, Doc] = {}
        for key, records in _chains(view, collection):
            for record in records:
                if record["kind"] == "state":
                    findings += _follow(collection, known.get(key), record["content"])
                    known[key] = record["content"]
                for award in record["content"].get("awards", ()) if record["kind"] == "awards" else ():
                    recorded[award["id"]] = award
        findings.seen += len(known)
        findings += _compare(view, collection, known)
    made: dict[str, Doc] = {}
    for key, records in _chains(view, "awards"):
        for record in records:
            if record["kind"] == "state":
                recorded[key] = record["content"]
            else:
                made[record["content"]["id"]] = record["content"]
    findings += _compare(view, "awards", recorded)
    findings.seen += len(recorded) + len(made)
    findings += _certificates(view, made, recorded)
    return findings


def _chains(view: Any, collection: str) -> Iterator[tuple[str, list[Doc]]]:
    """Yield the id of each document of a collection that has a record, with its records in order."""
    start = state_chain(collection, "")
    query = {"chain": {"$gte": start, "$lt": start[:-1] + ";"}}
    key, records = "", list[Doc]()
    for record in view.collection("records").find(query, sort=[("chain", 1), ("index", 1)]):
        if record["chain"].removeprefix(start) != key and records:
            yield key, records
            records = []
        key = record["chain"].removeprefix(start)
        records.append(record)
    if records:
        yield key, records


def _follow(collection: str, last: Doc | None, state: Doc) -> Iterator[Finding]:
    """Compare what a state was made from with the state recorded before it."""
    names = differing(state["digests_before"], last["digests"]) if last and "digests_before" in state else []
    if names:
        yield say_differing(CHECK, collection, f"{state['id']} before version {state['version']}", names)


def _compare(view: Any, collection: str, known: dict[str, Doc]) -> Iterator[Finding]:
    stored = set()
    for doc in view.collection(collection).find({}, sort=[("_id", 1)]):
        stored.add(doc["_id"])
        wanted = known.get(doc["_id"])
        if wanted is None:
            yield _say(collection, doc["_id"], "is on no record")
            continue
        expected = {name: value for name, value in wanted.items() if name not in RECORD_ONLY}
        hidden = DIGESTED.get(collection, ())
        names = differing(doc, expected, (*UNRECORDED.get(collection, ()), *hidden))
        if hidden:
            names += differing(digests_of(collection, doc), wanted["digests"])
        if names:
            yield say_differing(CHECK, collection, doc["_id"], names)
    yield from (_say(collection, key, "is missing") for key in sorted(known.keys() - stored))


def _certificates(view: Any, made: dict[str, Doc], awards: dict[str, Doc]) -> Iterator[Finding]:
    for row in view.collection("certificates").find({}, sort=[("_id", 1)]):
        said = made.pop(row["_id"], None)
        if said is None:
            award = awards.get(row["award_id"], {})
            waiting = award.get("certificate_number") == row["_id"] and award.get("status") != CERTIFIED
            if row["state"] != "allotted" or not waiting:
                yield _say("certificates", row["_id"], "is on no record")
            continue
        wanted = {name: said[name] for name in said if name not in ("id", "signed_by", "signature")}
        if names := differing(row, wanted, PASSING):
            yield say_differing(CHECK, "certificates", row["_id"], names)
        if not view.parts.tokens.verify_text(
            said["signed_by"], canonical({**wanted, "id": row["_id"]}), said["signature"]
        ):
            yield _say("records", row["_id"], "the signature is not over what the certificate says")
        award = awards.get(row["award_id"], {})
        printed = ("prize", "prize_name", "laureate", "title", "joint_units", "edition_id")
        if award.get("status") in (CERTIFIED, WITHDRAWN):
            names = [name for name in printed if award.get(name) != said[name]]
            if names:
                yield say_differing(CHECK, "awards", row["award_id"], names)
    yield from (_say("certificates", key, "is missing") for key in sorted(made))


def _say(collection: str, key: str, problem: str) -> Finding:
    return {"check": CHECK, "subject": f"{collection} {key}", "problem": problem}
