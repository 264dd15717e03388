"""Documents ↔ entries, and this service's collections: cases, case_versions, counters, kept, discarded."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from contracts.edition import Edition, edition_from_dict
from contracts.errors import Conflict, NotFound, NotYet
from contracts.words import MaterialStatus
from plumbing.service import Index
from services.submission.domain.content import Content
from services.submission.domain.entry import Entry
from services.submission.domain.judged import Formal, Standing
from services.submission.domain.material import SWEEP_AFTER, Material

# a partial index is used only by queries that name its condition: see `waiting_until`
DATES, WORDS = {"$type": "date"}, {"$type": "string"}
INDEXES = (
    Index("cases", [("unit_id", 1), ("_id", 1)]),
    Index("cases", [("edition_id", 1), ("status", 1), ("_id", 1)]),
    Index("cases", [("edition_id", 1), ("unit_id", 1)]),
    Index("cases", [("number", 1)], unique=True, partial={"number": WORDS}),
    # only cases with such files stand in these, so the loops look at what waits and nothing else
    Index("cases", [("check_at", 1)], partial={"check_at": DATES}),
    Index("cases", [("sweep_at", 1)], partial={"sweep_at": DATES}),
    Index("case_versions", [("case_id", 1), ("revision", 1)], unique=True),
)


def waiting_until(moment: datetime) -> dict[str, Any]:
    """Return the condition on ``check_at`` or ``sweep_at`` for what is due by ``moment``."""
    return {**DATES, "$lte": moment}


def load_case(source: Any, case_id: str) -> Entry:
    """Return an entry. Raises NotFound."""
    document = source.collection("cases").find_one({"_id": case_id})
    if document is None:
        raise case_not_found(case_id)
    return entry_of(document)


def case_not_found(case_id: str) -> NotFound:
    """Return the refusal that is the same for a case that is not there and one of another unit."""
    return NotFound("没有这个案例。", "There is no such case.", case_id=case_id)


def save_case(tx: Any, entry: Entry) -> None:
    """Store an entry one version on. Raises Conflict when somebody stored it in between."""
    old, entry.version = entry.version, entry.version + 1
    document = document_of(entry)
    if old == 0:
        tx.collection("cases").insert_one(document)
    elif not tx.collection("cases").replace_one({"_id": entry.id, "version": old}, document).matched_count:
        raise Conflict(
            "案例刚刚被更改，请重试。", "The case has just been changed: try again.", case_id=entry.id
        )


def add_version(tx: Any, entry: Entry, receipt: dict[str, Any], account: str) -> None:
    """Keep the revision that was just handed in, with its receipt and files; never changed afterwards."""
    tx.collection("case_versions").insert_one(
        {
            "_id": f"{entry.id}:{entry.revision}",
            "case_id": entry.id,
            "revision": entry.revision,
            "received_at": entry.updated_at,
            "handed_in_by": account,
            "content": entry.content.to_dict(),
            "materials": [_material_document(material) for material in entry.counted_materials()],
            "receipt": receipt,
        }
    )


def discard(tx: Any, bucket: str, key: str, version_id: str | None = None) -> None:
    """Note an object that nobody needs any more; the sweep removes it once this transaction holds."""
    row = {
        "_id": f"{bucket}:{key}:{version_id or ''}",
        "bucket": bucket,
        "key": key,
        "version_id": version_id,
    }
    tx.collection("discarded").replace_one({"_id": row["_id"]}, row, upsert=True)


def note_kept(context: Any, key: str, version_id: str) -> None:
    """Note a version that no document names yet, in real time; the sweep removes it if none ever does."""
    row = {"key": key, "version_id": version_id, "at": datetime.now(UTC)}
    context.collection("kept").replace_one({"_id": f"{key}:{version_id}"}, row, upsert=True)


def own_kept(tx: Any, key: str, version_id: str) -> None:
    """A document names the version once this transaction holds."""
    tx.collection("kept").delete_one({"_id": f"{key}:{version_id}"})


def was_handed_in(tx: Any, case_id: str, material_id: str) -> bool:
    """Say whether a revision holds the file, which must then be kept."""
    query = {"case_id": case_id, "materials.id": material_id}
    return tx.collection("case_versions").find_one(query, {"_id": 1}) is not None


def next_number(tx: Any, edition_id: str, track: str) -> int:
    """Return the next counter of a track's case numbers, from 1; two at once make one of them run again."""
    counter = tx.collection("counters").find_one_and_update(
        {"_id": f"number:{edition_id}:{track}"}, {"$inc": {"value": 1}}, upsert=True, return_document=True
    )
    return int(counter["value"])


def hold_unit(tx: Any, edition_id: str, unit_id: str) -> None:
    """Make what one unit does at once run one after the other, so that nothing slips past a limit."""
    tx.collection("counters").update_one(
        {"_id": f"unit:{edition_id}:{unit_id}"}, {"$inc": {"value": 1}}, upsert=True
    )


def load_edition(source: Any, edition_id: str) -> Edition:
    """Return the newest rules known here. Raises NotYet when none have arrived."""
    editions = source.collection("editions")
    known = editions.find_one({"_id": edition_id}, {"digest": 1})
    if known is None:
        raise NotYet("尚未收到该届大赛的规则。", "This edition is not known here yet.", edition_id=edition_id)
    return _editions.get(known["digest"]) or _edition(editions.find_one({"_id": edition_id}))


_editions: dict[str, Edition] = {}


def _edition(document: dict[str, Any]) -> Edition:
    """Reading rules and checking them costs more than a transaction; equal rules have an equal digest."""
    edition = replace(edition_from_dict(document["edition"]), version=document["version"])
    if len(_editions) > 20:
        _editions.clear()
    _editions[document["digest"]] = edition
    return edition


def load_unit(source: Any, unit_id: str) -> dict[str, Any]:
    """Return the copy of a unit. Raises NotYet when it has not arrived."""
    unit: dict[str, Any] | None = source.collection("units").find_one({"_id": unit_id})
    if unit is None:
        raise NotYet("尚未收到该单位的登记信息。", "This unit is not known here yet.", unit_id=unit_id)
    return unit


def document_of(entry: Entry) -> dict[str, Any]:
    """Return the document of an entry; status and due time stand in it for queries only."""
    waiting = [m for m in entry.materials.values() if m.status == MaterialStatus.QUARANTINED]
    announced = [m for m in entry.materials.values() if m.status == MaterialStatus.AWAITING_UPLOAD]
    return {
        "_id": entry.id,
        "version": entry.version,
        "edition_id": entry.edition_id,
        "unit_id": entry.unit_id,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
        "content": entry.content.to_dict(),
        "materials": [_material_document(material) for material in entry.materials.values()],
        "draft_version": entry.draft_version,
        "number": entry.number,
        "revision": entry.revision,
        "edition_version": entry.edition_version,
        "submitted_at": entry.submitted_at,
        "withdrawn_reason": entry.withdrawn_reason,
        "formal": None
        if entry.formal is None
        else {**asdict(entry.formal), "reasons": list(entry.formal.reasons)},
        "standing": None if entry.standing is None else asdict(entry.standing),
        "replace_by": entry.replace_by,
        "handed_in": list(entry.handed_in),
        "extended_to": entry.extended_to,
        "extended_revision": entry.extended_revision,
        "status": entry.status.value,
        "due_at": entry.due_at,
        "check_at": min((m.check_at or m.announced_at for m in waiting), default=None),
        "sweep_at": min((m.announced_at + SWEEP_AFTER for m in announced), default=None),
    }


def entry_of(document: dict[str, Any]) -> Entry:
    """Return the entry of a document."""
    content = document["content"]
    formal, standing = document["formal"], document["standing"]
    materials = [material_of(material) for material in document["materials"]]
    return Entry(
        id=document["_id"],
        version=document["version"],
        edition_id=document["edition_id"],
        unit_id=document["unit_id"],
        created_at=document["created_at"],
        updated_at=document["updated_at"],
        content=Content(**{**content, "declarations": tuple(content["declarations"]),
                           "joint_units": tuple(content["joint_units"])}),
        materials={material.id: material for material in materials},
        draft_version=document["draft_version"],
        number=document["number"],
        revision=document["revision"],
        edition_version=document["edition_version"],
        submitted_at=document["submitted_at"],
        withdrawn_reason=document["withdrawn_reason"],
        formal=None if formal is None else Formal(**{**formal, "reasons": tuple(formal["reasons"])}),
        standing=None if standing is None else Standing(**standing),
        replace_by=document["replace_by"],
        handed_in=tuple(document["handed_in"]),
        extended_to=document["extended_to"],
        extended_revision=document["extended_revision"],
    )  # fmt: skip


def _material_document(material: Material) -> dict[str, Any]:
    return {**vars(material), "status": material.status.value, "findings": list(material.findings)}


def material_of(document: dict[str, Any]) -> Material:
    """Return the file of a document."""
    return Material(**{**document, "status": MaterialStatus(document["status"]),
                       "findings": tuple(document["findings"])})  # fmt: skip
