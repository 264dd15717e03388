"""Documents ↔ domain objects, and the indexes of review's collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from contracts.edition import Edition, Stage, edition_from_dict
from contracts.errors import Conflict, NotFound, NotYet
from plumbing.service import Index
from plumbing.store.plain import digest
from services.review.domain.assessment import Assessment
from services.review.domain.closing import FullSheet
from services.review.domain.disqualification import Disqualification
from services.review.domain.formal import Checklist
from services.review.domain.qualification import Qualification
from services.review.domain.round import Round
from services.review.domain.round_case import RoundCase
from services.review.domain.seat import HELD, Seat

Doc = dict[str, Any]
Kind = TypeVar("Kind", Qualification, Assessment, Round, RoundCase, Seat)

COLLECTIONS: Mapping[type, str] = {
    Qualification: "qualifications", Assessment: "assessments", Round: "rounds", RoundCase: "round_cases",
    Seat: "seats",
}  # fmt: skip
NAMES: Mapping[type, tuple[str, str]] = {
    Qualification: ("资格审核", "qualification"), Assessment: ("案例", "case"), Round: ("评审轮次", "round"),
    RoundCase: ("本轮案例", "case in this round"), Seat: ("评审任务", "assignment"),
}  # fmt: skip

NOBODY: Mapping[str, Any] = {
    "employer": "已注销", "employer_uscc": None, "group_unit": None, "past_employers": [],
    "tracks": [], "status": "suspended",
}  # fmt: skip
"""What is kept of an expert who was erased: enough to take no part, and nothing that tells who he was."""

INDEXES = (
    Index("qualifications", (("edition_id", 1), ("status", 1), ("_id", 1))),
    Index("assessments", (("edition_id", 1), ("status", 1), ("_id", 1))),
    Index("assessments", (("edition_id", 1), ("next_stage", 1), ("track", 1))),
    Index("assessments", (("unit_id", 1), ("_id", 1))),
    Index("assessments", (("round_id", 1), ("_id", 1))),
    Index("rounds", (("slot", 1),), unique=True),
    Index("rounds", (("edition_id", 1), ("_id", 1))),
    Index("round_cases", (("round_id", 1), ("_id", 1))),
    Index("round_cases", (("case_id", 1),)),
    Index("seats", (("round_id", 1), ("case_id", 1), ("expert_id", 1)), unique=True),
    Index("seats", (("expert_id", 1), ("active", 1), ("_id", 1))),
    Index("seats", (("case_id", 1), ("_id", 1))),
    Index("seats", (("round_id", 1), ("_id", 1))),
    Index("seats", (("edition_id", 1), ("stage", 1), ("active", 1), ("expert_id", 1))),
    Index("sheets", (("round_id", 1), ("current", 1), ("case_id", 1))),
    Index("sheets", (("assignment_id", 1),), unique=True, partial={"current": True}),
    Index("recusals", (("edition_id", 1), ("expert_id", 1))),
    Index("plans", (("job_id", 1), ("done", 1), ("_id", 1))),
    Index("results", (("round_id", 1), ("_id", 1))),
    Index("scores", (("result_id", 1), ("rank", 1), ("_id", 1))),
    Index("scores", (("result_id", 1), ("case_id", 1)), unique=True),
    Index("units", (("uscc", 1),)),
    Index("cases", (("unit_id", 1),)),
    Index("cases", (("joint_units.uscc", 1),)),
    Index("experts", (("status", 1), ("_id", 1))),
    Index("records", (("content.round_id", 1), ("_id", 1))),
    Index("records", (("hash", 1),)),
)


def find(reader: Any, kind: type[Kind], key: str) -> Kind | None:
    """Return one object, or None."""
    return from_doc(kind, reader.collection(COLLECTIONS[kind]).find_one({"_id": key}))


def get(reader: Any, kind: type[Kind], key: str) -> Kind:
    """Return one object.

    Raises NotFound when there is none.
    """
    found = find(reader, kind, key)
    if found is None:
        zh, en = NAMES[kind]
        raise NotFound(f"没有这个{zh}。", f"There is no such {en}.", id=key)
    return found


def from_doc(kind: type[Kind], doc: Doc | None) -> Kind | None:
    """Build an object from its document."""
    if doc is None:
        return None
    known = {field.name for field in fields(kind)}
    values = {name: value for name, value in doc.items() if name in known} | {"id": doc["_id"]}
    if kind is Assessment and values.get("disqualification"):
        values["disqualification"] = Disqualification(**values["disqualification"])
    return kind(**values)


def to_doc(thing: Any) -> Doc:
    """Return an object's document."""
    doc: Doc = asdict(thing)
    doc["_id"] = doc.pop("id")
    return doc


def save(tx: Any, thing: Qualification | Assessment | Round | RoundCase | Seat) -> None:
    """Write an object with its next version; version 0 is new.

    Raises Conflict when somebody else changed it since it was read.
    """
    collection = tx.collection(COLLECTIONS[type(thing)])
    old, thing.version = thing.version, thing.version + 1
    if old == 0:
        collection.insert_one(to_doc(thing))
        return
    done = collection.replace_one({"_id": thing.id, "version": old}, to_doc(thing))
    if not done.matched_count:
        raise Conflict("内容已被他人更改，请刷新。", "Somebody else changed this; look again.", id=thing.id)


def keep_edition(tx: Any, edition_id: str, version: int, rules: Doc) -> None:
    """Keep one version of an edition's rules for the rounds that open with it."""
    tx.collection("edition_versions").update_one(
        {"_id": f"{edition_id}:{version}"}, {"$set": {"edition": rules, "digest": digest(rules)}}, upsert=True
    )


def current_edition(reader: Any, edition_id: str) -> Edition:
    """Return the newest rules of an edition: for dates, and for what is not bound to a round.

    Raises NotFound when no such edition has arrived.
    """
    doc = reader.collection("editions").find_one({"_id": edition_id}, {"version": 1})
    if doc is None:
        raise NotFound("没有这一届大赛。", "There is no such edition.", id=edition_id)
    return edition_version(reader, edition_id, doc["version"])


def edition_version(reader: Any, edition_id: str, version: int) -> Edition:
    """Return the rules of one version.

    Raises NotYet when they have not arrived.
    """
    versions, key = reader.collection("edition_versions"), f"{edition_id}:{version}"
    known = versions.find_one({"_id": key}, {"digest": 1})
    if known is None:
        raise NotYet("大赛规则尚未送达。", "The edition's rules have not arrived yet.", id=key)
    built = _built(known["digest"])
    if not built:
        built.append(edition_from_dict(versions.find_one({"_id": key})["edition"]))
    return replace(built[0], version=version)


@lru_cache(maxsize=32)
def _built(digest: str) -> list[Edition]:
    """Return the place where the rules of this digest are kept once built: building takes milliseconds."""
    return []


def rules_of(reader: Any, round_: Round) -> tuple[Edition, Stage]:
    """Return the rules and the stage that a round opened with."""
    edition = edition_version(reader, round_.edition_id, round_.edition_version)
    stage = edition.stage(round_.stage)
    assert stage is not None
    return edition, stage


def current_sheets(reader: Any, round_id: str, case_id: str | None = None) -> list[Doc]:
    """Return the sheets that count, of a round or of one case in it."""
    query: Doc = {"round_id": round_id, "current": True}
    if case_id is not None:
        query["case_id"] = case_id
    return list(reader.collection("sheets").find(query, sort=[("_id", 1)]))


def full_sheet(doc: Doc) -> FullSheet:
    """Build a sheet as scoring sees it."""
    values = {name: Decimal(value) for name, value in doc["values"].items()}
    return FullSheet(doc["_id"], doc["case_id"], doc["expert"], Decimal(doc["total"]), values)


def checklist(doc: Doc) -> Checklist:
    """Build a sheet as the formal review sees it."""
    values = {name: Decimal(value) for name, value in doc["values"].items()}
    return Checklist(doc["_id"], doc["decision"], values, doc["comment"])


def seats_of(reader: Any, **query: Any) -> list[Seat]:
    """Return the seats that are held, by any of their fields."""
    return _find_all(reader, Seat, {"active": True, "status": {"$in": list(HELD)}, **query})


def cases_of(reader: Any, edition_id: str, unit_id: str) -> list[Assessment]:
    """Return a unit's cases in an edition; there are no more than the edition allows a unit."""
    return _find_all(reader, Assessment, {"edition_id": edition_id, "unit_id": unit_id})


def _find_all(reader: Any, kind: type[Kind], query: Doc) -> list[Kind]:
    stored = reader.collection(COLLECTIONS[kind]).find(query, sort=[("_id", 1)])
    return [thing for doc in stored if (thing := from_doc(kind, doc)) is not None]


def by_id(reader: Any, collection: str, ids: Iterable[str]) -> dict[str, Doc]:
    """Return documents by id; those that are not there are left out."""
    return {doc["_id"]: doc for doc in reader.collection(collection).find({"_id": {"$in": sorted(set(ids))}})}
