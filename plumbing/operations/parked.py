"""Parked messages: listed, put back into the inbox, thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.errors import InvalidInput
from plumbing.service import Json
from plumbing.store.paging import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from plumbing.operations.table import Parking


def list_parked(parking: Parking, _view: Any, args: Json) -> Json:
    """Return parked messages, the oldest first."""
    rows = sorted(parking.look(), key=lambda row: (row["parked_at"], row["parked_id"]))
    if args["after"]:
        last = tuple(decode_cursor(args["after"], 2))
        rows = [row for row in rows if (row["parked_at"], row["parked_id"]) > last]
    shown = rows[: args["limit"]]
    more = len(rows) > len(shown)
    following = encode_cursor([shown[-1]["parked_at"], shown[-1]["parked_id"]]) if more else None
    return {"items": shown, "next": following}


def put_back(parking: Parking, _context: Any, args: Json) -> Json:
    """Send the chosen ones to the inbox again. Twice does no harm: the inbox knows what was handled."""
    wanted = _chosen(args)
    return _facts(
        parking, args, parking.put_back(wanted.__contains__ if wanted else _everyone, args["dry_run"])
    )


def throw_away(parking: Parking, _context: Any, args: Json) -> Json:
    """Remove the chosen ones for good; who, which and why stays in the audit log."""
    wanted = _chosen(args)
    return _facts(
        parking, args, parking.throw_away(wanted.__contains__ if wanted else _everyone, args["dry_run"])
    )


def record(tx: Any, args: Json, facts: Json) -> Json:
    """Write down what was done to which messages."""
    for start in range(0, len(facts["chosen"]), 100):
        batch = facts["chosen"][start : start + 100]
        tx.audit("parked messages", batch[0], reason=args["reason"], parked_ids=batch)
    return facts


def _everyone(_parked_id: str) -> bool:
    return True


def _chosen(args: Json) -> set[str]:
    if bool(args["parked_ids"]) == args["all"]:
        raise InvalidInput.of(
            "parked_ids", "either", "请列出编号或选择全部", "Either name ids or choose all."
        )
    return set(args["parked_ids"])


def _facts(parking: Parking, args: Json, done: list[str]) -> Json:
    parked, _ = parking.count()
    return {"chosen": done, "missing": sorted(set(args["parked_ids"]) - set(done)), "left": parked}
