"""Best contribution: put somebody forward, and vote."""

from __future__ import annotations

import secrets
from typing import Any

from contracts.errors import Conflict, InvalidInput
from plumbing.store.ids import new_id
from services.awards import facts, repository
from services.awards.domain.nomination import Nomination, nominated_prize


def nominate_contribution(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Nominate a unit that signed up, or anybody by name, for a nominated prize of the edition."""
    edition = repository.load_edition(tx, args["edition_id"])
    prize = nominated_prize(edition, args["prize"])
    if bool(args["laureate"]) == bool(args["unit_id"]):
        raise InvalidInput.of("laureate", "one_of", "填写名称或参赛单位之一", "Give either a name or a unit.")
    repository.lock_edition(tx, edition.id)
    if standing := repository.open_proposal(tx, edition.id):
        raise Conflict("奖项已提出，提名已结束。", "Prizes have been proposed; nominating is over.",
                       proposal_id=standing.id)  # fmt: skip
    unit_id = args["unit_id"]
    laureate = facts.read_units(tx, [unit_id])[unit_id]["name"] if unit_id else args["laureate"]
    known = repository.nominations_of_edition(tx, edition.id)
    if any(item.prize == prize.id and item.laureate == laureate for item in known):
        raise Conflict("该对象已被提名。", "It has been nominated already.", laureate=laureate)
    nomination = Nomination(
        id=new_id("nomination"), edition_id=edition.id, prize=prize.id, laureate=laureate, unit_id=unit_id,
        grounds=args["grounds"], nominated_by=tx.caller.subject, salt=secrets.token_hex(16),
    )  # fmt: skip
    repository.save(tx, nomination)
    return describe_state(nomination)


def vote_contribution(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Vote for or against; the last vote of an account counts."""
    nomination = repository.load_nomination(tx, args["nomination_id"])
    nomination.vote(tx.caller.subject, args["in_favour"])
    repository.save(tx, nomination)
    return describe_state(nomination)


def describe_state(nomination: Nomination) -> dict[str, Any]:
    """Return a nomination with its counts."""
    return {
        "nomination_id": nomination.id, "laureate": nomination.laureate, "in_favour": nomination.in_favour,
        "against": nomination.against, "version": nomination.version,
    }  # fmt: skip
