"""Proposals, awards and nominations, as the secretariat, auditors and laureates may see them."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound
from contracts.words import AwardStatus, Role
from plumbing.store.paging import page
from services.awards.domain.award import KNOWN_OUTSIDE
from services.awards.repository import superseding_result

STAFF = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR)
JUDGES = (Role.SECRETARIAT, Role.AUDITOR)
ROW = (
    "edition_id", "proposal_id", "position", "prize", "prize_name", "laureate", "title", "case_id", "unit_id",
    "track", "status", "opens_at", "closes_at", "open_objections", "held", "published_at",
    "certificate_number", "version",
)  # fmt: skip
MORE = ("joint_units", "withdrawn_at", "withdrawn_reason")
PROPOSAL = (
    "edition_id", "result_id", "status", "total", "proposed_at", "opens_at", "closes_at", "version",
)  # fmt: skip
NOMINATION = (
    "edition_id", "prize", "laureate", "unit_id", "grounds", "proposal_id", "in_favour", "against", "version",
)  # fmt: skip
PLACING = ("case_id", "rank", "score")
IN_ORDER = (("position", 1),)


def list_proposals(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return proposals, newest last, with the result that replaced theirs where one did."""

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        return {
            "proposal_id": row["_id"],
            **{name: row[name] for name in PROPOSAL},
            "superseded_by": superseding_result(view, row["result_id"]),
        }

    return page(view.collection("proposals"), _filter(args, "edition_id"), args, shape)


def list_placings(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return what this service heard of a result, best first."""
    return page(
        view.collection("results"), {"result_id": args["result_id"]}, args,
        lambda row: {name: row[name] for name in PLACING}, (("rank", 1),),
    )  # fmt: skip


def list_awards(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return awards in order of position; an entrant gets his unit's that are public."""
    query = _filter(args, "edition_id", "proposal_id", "prize", "status", "case_id")
    if not view.caller.has(*STAFF):
        query = {"$and": [query, {"unit_id": view.caller.unit_id or "", "$or": seen_by_laureate()}]}
    return page(view.collection("awards"), query, args, describe_row, IN_ORDER)


def get_award(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return one award; rank and score only to those who may see them."""
    row = find_visible(view, args["award_id"])
    shown = ("rank", "score") if view.caller.has(*JUDGES) else ()
    return {
        **describe_row(row),
        **{name: row[name] for name in MORE},
        **{name: row[name] if name in shown else None for name in ("rank", "score")},
    }


def find_visible(view: Any, award_id: str) -> dict[str, Any]:
    """Return an award's document; NotFound also for an entrant whose it is not, or not yet."""
    query: dict[str, Any] = {"_id": award_id}
    if not view.caller.has(*STAFF):
        query |= {"unit_id": view.caller.unit_id or "", "$or": seen_by_laureate()}
    row: dict[str, Any] | None = view.collection("awards").find_one(query)
    if row is None:
        raise NotFound("没有这个奖项。", "There is no such award.", id=award_id)
    return row


def seen_by_laureate() -> list[dict[str, Any]]:
    """Return the conditions, one of which makes an award known to its laureate."""
    return [
        {"status": {"$in": sorted(KNOWN_OUTSIDE)}},
        {"status": AwardStatus.WITHDRAWN, "withdrawn_from": {"$in": sorted(KNOWN_OUTSIDE)}},
    ]


def list_nominations(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return an edition's nominations with their votes."""
    return page(
        view.collection("nominations"), _filter(args, "edition_id"), args,
        lambda row: {"nomination_id": row["_id"], **{name: row[name] for name in NOMINATION}},
    )  # fmt: skip


def describe_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return an award as lists show it."""
    return {"award_id": row["_id"], **{name: row[name] for name in ROW}}


def _filter(args: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: args[name] for name in names if args[name] is not None}


