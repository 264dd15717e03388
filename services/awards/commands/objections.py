"""Objections: filed by anybody under his name or seal, resolved by the secretariat."""

from __future__ import annotations

from typing import Any

from contracts.errors import OutsideWindow
from contracts.events import awards as events
from contracts.words import ObjectionStatus
from plumbing.store.ids import new_id
from plumbing.store.throttling import Limit, count_try
from services.awards import repository, telling
from services.awards.domain.award import WITHDRAWN
from services.awards.domain.objection import Objection, Objector, check_objection

FROM_ADDRESS = Limit("objections.address", 20, 3600)
BY_CONTACT = Limit("objections.contact", 20, 86_400)
"""An objection holds an award back, and anybody may file one: nobody files them by the hundred.

No limit counts by award: whoever used it up would shut everybody else out until the period is over.
"""


def count_objection(context: Any, args: dict[str, Any]) -> None:
    """Count the try by where it comes from."""
    count_try(context, FROM_ADDRESS, context.caller.address)


def file_objection(tx: Any, args: dict[str, Any], facts: None) -> dict[str, Any]:
    """Take an objection to one award, which waits from now on; the others go on.

    Raises OutsideWindow, or InvalidInput for one that is anonymous or without evidence, TooManyRequests
    from somebody who filed many today.
    """
    award = repository.load_award(tx, args["award_id"])
    if award.opens_at is None or award.closes_at is None:
        raise OutsideWindow("该奖项尚未公示。", "The award is not public yet.", window="publicity")
    objector = Objector(**args["objector"])
    check_objection(objector, args["evidence"], award.opens_at, award.closes_at, tx.now)
    award.object()
    repository.save(tx, award)
    objection = Objection(
        id=new_id("objection"), award_id=award.id, edition_id=award.edition_id, objector=objector,
        grounds=args["grounds"], evidence=args["evidence"], filed_at=tx.now, filed_by=tx.caller.subject,
    )  # fmt: skip
    repository.save(tx, objection)
    # in the transaction: only what is taken counts, so that no stranger uses a contact up with refused tries
    for contact in objector.contacts():
        count_try(tx, BY_CONTACT, contact)
    tx.emit(events.ObjectionFiled, objection.id, objection.version, describe_event(objection))
    return describe_state(objection)


def resolve_objection(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Uphold it, which withdraws the award, or dismiss it, so that the award goes on.

    Raises NotAllowed for whoever filed it.
    """
    objection = repository.load_objection(tx, args["objection_id"])
    outcome = ObjectionStatus(args["outcome"])
    objection.resolve(outcome, args["resolution"], tx.caller.subject, tx.now)
    repository.save(tx, objection)
    award = repository.load_award(tx, objection.award_id)
    was_withdrawn = award.status == WITHDRAWN
    if outcome == ObjectionStatus.UPHELD:
        award.uphold_objection(args["resolution"][:500], tx.now)
    else:
        award.dismiss_objection()
    repository.save(tx, award)
    tx.emit(
        events.ObjectionResolved, objection.id, objection.version,
        describe_event(objection) | {"outcome": outcome},
    )  # fmt: skip
    if award.status == WITHDRAWN and not was_withdrawn:
        telling.tell_withdrawn(tx, award)
    return describe_state(objection)


def describe_event(objection: Objection) -> dict[str, Any]:
    """Return what an event may say of an objection: no name, no contact, no grounds."""
    return {
        "objection_id": objection.id, "award_id": objection.award_id, "edition_id": objection.edition_id,
        "filed_at": objection.filed_at,
    }  # fmt: skip


def describe_state(objection: Objection) -> dict[str, Any]:
    """Return where an objection stands."""
    return {
        "objection_id": objection.id, "award_id": objection.award_id, "status": objection.status,
        "version": objection.version,
    }  # fmt: skip
