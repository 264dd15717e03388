"""Documents to domain objects and back, in this service's own collections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from contracts.edition import Edition, Prize, Text2, edition_from_dict
from contracts.errors import Conflict, NotFound, NotYet
from contracts.words import AwardStatus, ObjectionStatus
from plumbing.service import Index
from plumbing.store import throttling
from services.awards.domain.award import Award
from services.awards.domain.nomination import Nomination
from services.awards.domain.objection import Objection, Objector
from services.awards.domain.proposal import DISCARDED, Proposal
from services.awards.recording import record_state, record_states

INDEXES = (
    Index("awards", (("proposal_id", 1), ("position", 1))),
    Index("awards", (("edition_id", 1), ("position", 1), ("_id", 1))),
    Index("awards", (("unit_id", 1), ("position", 1), ("_id", 1))),
    Index("awards", (("case_id", 1),)),
    Index("awards", (("status", 1), ("published_at", 1), ("position", 1))),
    Index("proposals", (("edition_id", 1), ("_id", 1))),
    Index("nominations", (("edition_id", 1), ("_id", 1))),
    *throttling.INDEXES,
    Index("objections", (("award_id", 1), ("_id", 1))),
    Index("objections", (("edition_id", 1), ("_id", 1))),
    Index("certificates", (("award_id", 1),), unique=True),
    Index("certificates", (("state", 1), ("_id", 1))),
    Index("results", (("result_id", 1), ("rank", 1))),
    Index("closings", (("edition_id", 1), ("kind", 1))),
    Index("cases", (("edition_id", 1), ("_id", 1))),
    Index("standings", (("edition_id", 1), ("_id", 1))),
    Index("qualifications", (("edition_id", 1), ("_id", 1))),
)
Aggregate = Award | Proposal | Nomination | Objection


def save(tx: Any, aggregate: Aggregate) -> None:
    """Store an aggregate as its next version.

    Raises Conflict when somebody else stored it meanwhile.
    """
    before = None
    if isinstance(aggregate, Nomination):
        # votes changed behind the service's back would be on the record as its own from here on
        before = tx.collection("nominations").find_one({"_id": aggregate.id})
    document = _replace(tx, aggregate)
    record_state(tx, _home(aggregate), document, before)


def _replace(tx: Any, aggregate: Aggregate) -> dict[str, Any]:
    old, aggregate.version = aggregate.version, aggregate.version + 1
    document = to_document(aggregate)
    collection = tx.collection(_home(aggregate))
    if old == 0:
        collection.insert_one(document)
    elif collection.replace_one({"_id": aggregate.id, "version": old}, document).matched_count == 0:
        raise Conflict("数据已被他人更改，请刷新后重试。", "Somebody else changed it: look again and retry.",
                       id=aggregate.id, version=old)  # fmt: skip
    return document


def insert_awards(tx: Any, awards: Sequence[Award]) -> None:
    """Store new awards of one proposal at once."""
    for award in awards:
        award.version = 1
    if awards:
        documents = [to_document(award) for award in awards]
        tx.collection("awards").insert_many(documents)
        record_states(tx, documents)


def save_awards(tx: Any, awards: Sequence[Award]) -> None:
    """Store awards of one proposal as their next versions, with one record for all of them.

    Raises Conflict when somebody else stored one meanwhile.
    """
    documents = []
    for award in awards:
        documents.append(_replace(tx, award))
    if documents:
        record_states(tx, documents)


def to_document(aggregate: Aggregate) -> dict[str, Any]:
    """Return the document of an aggregate."""
    document = asdict(aggregate)
    document["_id"] = document.pop("id")
    if isinstance(aggregate, Nomination):
        # account ids may hold dots, which field names had better not
        document["votes"] = [{"account": who, "in_favour": vote} for who, vote in aggregate.votes.items()]
        document["in_favour"], document["against"] = aggregate.in_favour, aggregate.against
    return document


def to_award(document: dict[str, Any]) -> Award:
    """Return the award of a document."""
    fields = _fields(document)
    fields["status"] = AwardStatus(fields["status"])
    fields["withdrawn_from"] = fields["withdrawn_from"] and AwardStatus(fields["withdrawn_from"])
    return Award(**fields)


def to_proposal(document: dict[str, Any]) -> Proposal:
    """Return the proposal of a document."""
    return Proposal(**_fields(document))


def to_nomination(document: dict[str, Any]) -> Nomination:
    """Return the nomination of a document."""
    fields = _fields(document)
    fields["votes"] = {vote["account"]: vote["in_favour"] for vote in fields["votes"]}
    del fields["in_favour"], fields["against"]
    return Nomination(**fields)


def to_objection(document: dict[str, Any]) -> Objection:
    """Return the objection of a document."""
    fields = _fields(document)
    fields["objector"] = Objector(**fields["objector"])
    fields["status"] = ObjectionStatus(fields["status"])
    return Objection(**fields)


def load_award(source: Any, award_id: str) -> Award:
    """Return an award; NotFound when there is none."""
    return to_award(_one(source, "awards", award_id, "奖项", "award"))


def load_proposal(source: Any, proposal_id: str) -> Proposal:
    """Return a proposal; NotFound when there is none."""
    return to_proposal(_one(source, "proposals", proposal_id, "评奖方案", "proposal"))


def load_nomination(source: Any, nomination_id: str) -> Nomination:
    """Return a nomination; NotFound when there is none."""
    return to_nomination(_one(source, "nominations", nomination_id, "提名", "nomination"))


def load_objection(source: Any, objection_id: str) -> Objection:
    """Return an objection; NotFound when there is none."""
    return to_objection(_one(source, "objections", objection_id, "异议", "objection"))


def load_edition(source: Any, edition_id: str) -> Edition:
    """Return the newest rules of an edition; NotFound when none arrived."""
    document = _one(source, "editions", edition_id, "届次", "edition")
    return edition_from_dict(document["edition"])


def awards_of_proposal(source: Any, proposal_id: str, *, after: int = 0, most: int = 0) -> list[Award]:
    """Return a proposal's awards in order of position, those beyond ``after``, all or at most ``most``."""
    query = {"proposal_id": proposal_id, "position": {"$gt": after}}
    found = source.collection("awards").find(query, sort=[("position", 1)], limit=most)
    return [to_award(row) for row in found]


def awards_of_case(source: Any, case_id: str) -> list[Award]:
    """Return every award a case ever got."""
    return [to_award(row) for row in source.collection("awards").find({"case_id": case_id})]


def nominations_of_edition(source: Any, edition_id: str) -> list[Nomination]:
    """Return the nominations of an edition."""
    found = source.collection("nominations").find({"edition_id": edition_id}, sort=[("_id", 1)])
    return [to_nomination(row) for row in found]


def open_proposal(source: Any, edition_id: str) -> Proposal | None:
    """Return the proposal of an edition that has not been discarded."""
    row = source.collection("proposals").find_one({"edition_id": edition_id, "status": {"$ne": DISCARDED}})
    return to_proposal(row) if row else None


def lock_edition(tx: Any, edition_id: str) -> None:
    """Make two transactions about one edition's prizes or numbers follow one another."""
    tx.collection("numbering").update_one({"_id": edition_id}, {"$inc": {"turns": 1}}, upsert=True)


def superseding_result(source: Any, result_id: str) -> str | None:
    """Return the result that replaced this one in the end, or None while it stands."""
    newest = None
    while row := source.collection("supersessions").find_one({"_id": newest or result_id}):
        newest = str(row["new_result_id"])
    return newest


def prizes_of(rows: Iterable[Any]) -> list[Prize]:
    """Return prizes as a proposal keeps them."""
    return [Prize(row["id"], row["kind"], Text2(**row["name"]), row["count"]) for row in rows]


def plain_decimal(value: Decimal) -> str:
    """Write a decimal without an exponent."""
    return format(value, "f")


def require_arrived(good: bool, what: str, **facts: Any) -> None:
    """Raise NotYet when something another service told has not arrived here."""
    if not good:
        raise NotYet(
            f"所需数据尚未全部到达（{what}），请稍后再试。",
            f"What this needs has not all arrived ({what}): try again later.",
            what=what,
            **facts,
        )


def _home(aggregate: Aggregate) -> str:
    homes: dict[type, str] = {Award: "awards", Proposal: "proposals", Nomination: "nominations"}
    return homes.get(type(aggregate), "objections")


def _fields(document: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in document.items() if name != "_id"}
    fields["id"] = document["_id"]
    return fields


def _one(source: Any, collection: str, wanted: str, zh: str, en: str) -> dict[str, Any]:
    row: dict[str, Any] | None = source.collection(collection).find_one({"_id": wanted})
    if row is None:
        raise NotFound(f"没有这个{zh}。", f"There is no such {en}.", id=wanted)
    return row
