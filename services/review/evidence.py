"""What must always hold: sheets, panels and lines of results are stored as the record has them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from contracts.words import RoundStatus
from plumbing.service import Findings
from plumbing.store.comparing import differing, say_differing
from services.review.domain.pseudonym import pseudonym_of
from services.review.domain.round_case import DECIDED, DROPPED, round_case_id

Finding = dict[str, str]
Doc = dict[str, Any]
LOCK = ("version",)
"""Numbers the saves of a document; nothing is decided by it."""
COLLECTIONS = ("sheets", "scores", "round_cases", "seats")
AT_ONCE = 1000
STANDINGS = ("result", "formal_result", "left_round")


def sheets_follow_record(view: Any) -> Findings:
    """Compare sheets, lines of results, and in closed rounds cases and panels, with the cases' records."""
    findings = Findings()
    known: dict[str, set[str]] = {name: set() for name in COLLECTIONS}
    open_rounds = set()
    for round_ in view.collection("rounds").find({}, sort=[("_id", 1)]):
        if round_["status"] != RoundStatus.CLOSED:
            open_rounds.add(round_["_id"])
        for wanted in _portions(view, round_):
            for collection, documents in wanted.items():
                known[collection] |= documents.keys()
                findings.seen += len(documents)
                findings += _compare(view, round_, collection, documents)
    # what is being judged has no end yet that it could be compared with
    going_on = {"round_id": {"$nin": sorted(open_rounds)}}
    strays: dict[str, Doc] = {
        "sheets": {}, "scores": {"record_hash": {"$ne": None}}, "round_cases": going_on, "seats": going_on,
    }  # fmt: skip
    for collection, where in strays.items():
        for doc in view.collection(collection).find(where, {"_id": 1}):
            if doc["_id"] not in known[collection]:
                findings.append(say("sheets_follow_record", collection, doc["_id"], "is on no record"))
    unwritten = unfinished(view, "scores", "result_id", {"record_hash": None})
    findings += [
        say("sheets_follow_record", "scores", key, "is on no record") for key in unwritten - known["scores"]
    ]
    return findings


def unfinished(view: Any, collection: str, result: str, query: Doc) -> set[str]:
    """Return the documents that the query calls unfinished although no round is having their result made."""
    found = {doc["_id"]: doc[result] for doc in view.collection(collection).find(query, {result: 1})}
    making = view.collection("rounds").find({"pending_result": {"$ne": None}}, {"pending_result": 1})
    pending = {doc["pending_result"] for doc in making}
    left = [key for key, value in found.items() if value not in pending]
    # a result may have been finished between the two looks
    return {doc["_id"] for doc in view.collection(collection).find({"_id": {"$in": left}, **query})}


def _portions(view: Any, round_: Doc) -> Iterator[dict[str, dict[str, Doc]]]:
    """Yield what should be stored of a round's cases, some cases at a time, by collection and id."""
    records = view.collection("records").find({"content.round_id": round_["_id"]}, sort=[("_id", 1)])
    wanted: dict[str, dict[str, Doc]] = {name: {} for name in COLLECTIONS}
    for name, chain in groupby(records, key=itemgetter("chain")):
        if name.startswith("case:"):
            _add_case(wanted, round_, list(chain))
        if len(wanted["sheets"]) + len(wanted["seats"]) > AT_ONCE:
            yield wanted
            wanted = {name: {} for name in COLLECTIONS}
    yield wanted


def _add_case(wanted: dict[str, dict[str, Doc]], round_: Doc, chain: list[Doc]) -> None:
    wanted["sheets"] |= _sheets(chain)
    for record in chain:
        if record["kind"] == "result":
            wanted["scores"] |= _line(record)
    ends = [record for record in chain if record["kind"] in STANDINGS]
    if round_["status"] == RoundStatus.CLOSED and ends:
        wanted["round_cases"] |= _round_case(round_, ends[-1])
        wanted["seats"] |= _seats(round_, ends[-1])


def _compare(view: Any, round_: Doc, collection: str, documents: dict[str, Doc]) -> Iterator[Finding]:
    query = {"_id": {"$in": sorted(documents)}}
    stored = {doc["_id"]: doc for doc in view.collection(collection).find(query)}
    for key, expected in documents.items():
        doc = stored.get(key)
        if doc is None:
            yield say("sheets_follow_record", collection, key, "is missing")
            continue
        if collection == "seats":
            doc["expert_id"] = pseudonym_of(round_["salt"], doc["expert_id"])
            doc["account_id"] = pseudonym_of(round_["salt"], doc["account_id"])
        elif collection == "scores":
            doc["dropped"] = sorted(doc["dropped"])
        if names := differing(doc, expected, LOCK):
            yield say_differing("sheets_follow_record", collection, key, names)


def _sheets(chain: list[Doc]) -> dict[str, Doc]:
    found: dict[str, Doc] = {}
    counted: dict[str, str] = {}
    for record in chain:
        content = record["content"]
        if record["kind"] == "score_sheet":
            kept = {name: value for name, value in content.items() if name not in ("sheet_id", "at")}
            found[content["sheet_id"]] = {**kept, "hash": record["hash"], "submitted_at": content["at"]}
            counted[content["expert"]] = content["sheet_id"]
        elif record["kind"] == "sheets_set_aside":
            gone = content["sheets"]
            counted = {expert: sheet for expert, sheet in counted.items() if sheet not in gone}
    current = set(counted.values())
    return {key: {**sheet, "current": key in current} for key, sheet in found.items()}


def _line(record: Doc) -> dict[str, Doc]:
    content = record["content"]
    names = ("result_id", "case_id", "title", "score", "rank", "tied", "outcome", "sheets", "dropped")
    line = {name: content[name] for name in names} | {"record_hash": record["hash"]}
    line |= {name: content["case"][name] for name in ("number", "track", "unit_id")}
    return {f"{content['result_id']}:{content['case_id']}": line}


def _round_case(round_: Doc, end: Doc) -> dict[str, Doc]:
    content, formal, left = end["content"], end["kind"] == "formal_result", end["kind"] == "left_round"
    status = content["status"] if formal else DROPPED if left else DECIDED
    case = {
        **content["case"], "round_id": round_["_id"], "case_id": content["case_id"], "status": status,
        "frozen": not formal and not left, "record_hash": end["hash"] if formal else None,
    }  # fmt: skip
    return {round_case_id(round_["_id"], content["case_id"]): case}


def _seats(round_: Doc, end: Doc) -> dict[str, Doc]:
    shared = {"case_id": end["content"]["case_id"], "round_id": round_["_id"]}
    shared |= {name: round_[name] for name in ("edition_id", "stage")}
    hidden = {"expert": "expert_id", "account": "account_id"}
    return {
        said["seat"]: {**shared, **{hidden.get(name, name): said[name] for name in said if name != "seat"}}
        for said in end["content"]["panel"]
    }


def say(check: str, collection: str, key: str, problem: str) -> Finding:
    return {"check": check, "subject": f"{collection} {key}", "problem": problem}
