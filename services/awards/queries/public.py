"""What anybody may ask: the public notice, the results, and whether a certificate holds."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound
from contracts.words import AwardStatus
from plumbing.store.paging import page
from services.awards.domain import numbering
from services.awards.domain.award import FINAL
from services.awards.domain.verification import explain_unknown, holds, state_validity
from services.awards.queries.awards import IN_ORDER

NOTICE = ("prize", "prize_name", "laureate", "joint_units", "title", "track", "opens_at", "closes_at")
RESULT = (
    "prize", "prize_name", "laureate", "joint_units", "title", "track", "published_at", "certificate_number",
)  # fmt: skip
CERTIFICATE = (
    "edition_name", "prize", "prize_name", "laureate", "joint_units", "title", "issued_at", "sha256",
)  # fmt: skip


def public_notice(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return the prizes of an edition that are open to objection at this moment."""
    query = _of_edition(args) | {
        "status": {"$in": [AwardStatus.IN_PUBLICITY, AwardStatus.OBJECTED]},
        "opens_at": {"$lte": view.now},
        "closes_at": {"$gt": view.now},
    }
    return page(view.collection("awards"), query, args, lambda row: _shape(row, NOTICE), IN_ORDER)


def list_results(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return the published prizes of an edition."""
    query = _of_edition(args) | {"status": {"$in": sorted(FINAL)}}
    return page(view.collection("awards"), query, args, lambda row: _shape(row, RESULT), IN_ORDER)


def verify_certificate(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Say what a number stands for; NotFound, in kind words, for one that was mistyped or never issued."""
    number = numbering.read_number(args["number"])
    row = number and view.collection("certificates").find_one({"_id": number, "state": "issued"})
    if not row:
        raise NotFound(*explain_unknown(number is not None))
    award = view.collection("awards").find_one({"_id": row["award_id"]})
    is_valid = holds(award["status"])
    return {
        "certificate_number": row["_id"],
        "status": "valid" if is_valid else "withdrawn",
        "withdrawn_at": None if is_valid else award["withdrawn_at"],
        "statement": state_validity(row, is_valid),
        **{name: row[name] for name in CERTIFICATE},
    }


def _of_edition(args: dict[str, Any]) -> dict[str, Any]:
    query = {"edition_id": args["edition_id"]}
    return query | {"prize": args["prize"]} if args["prize"] else query


def _shape(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {"award_id": row["_id"], **{name: row[name] for name in names}}
