"""Letters that events call for: one of each kind to each account for each event."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from contracts.edition import Edition
from contracts.events import Event
from plumbing.store.ids import new_id
from services.notify import repository
from services.notify.composing import compose
from services.notify.domain.facts import describe_award, gather_facts
from services.notify.domain.letter import Letter
from services.notify.domain.occasions import LINKS, OCCASIONS, Needs, recipient_of


def write_letter(tx: Any, event: Event) -> None:
    """Write the letter of an event that concerns one account.

    Raises NotYet while something the letter speaks of has not arrived.
    """
    occasion = OCCASIONS[event.kind.name]
    data = event.payload()
    about = _look_up(tx, occasion.needs, data)
    account = recipient_of(occasion, data, about)
    if account is not None:
        _write(tx, event, occasion.template, {account: gather_facts(data, **about)})


def write_award_letters(tx: Any, event: Event) -> None:
    """Write one letter to each contact among the proposed awards that became public, naming all of his."""
    data = event.payload()
    edition = repository.need_edition(tx, data["edition_id"])
    ids = [award["case_id"] for award in data["awards"] if award["case_id"]]
    titles = {
        row["_id"]: row["title"] for row in tx.collection("cases").find({"_id": {"$in": ids}}, {"title": 1})
    }
    awards: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for award in data["awards"]:
        if award["contact_account"]:
            told = describe_award(award, edition, titles.get(award["case_id"]))
            awards[award["contact_account"]].append(told)
    shared = gather_facts({name: data[name] for name in data if name != "awards"}, edition, None, None, None)
    _write(
        tx, event, "award_proposed", {account: {**shared, "awards": own} for account, own in awards.items()}
    )


def _look_up(tx: Any, needs: Needs, data: dict[str, Any]) -> dict[str, Any]:
    with_case = Needs.CASE in needs or (Needs.CASE_IF_SUBMITTED in needs and data["submitted"])
    case = repository.need_case(tx, data["case_id"]) if with_case else None
    if Needs.EDITION in needs:
        edition: Edition | None = repository.need_edition(tx, data["edition_id"])
    else:
        edition = repository.need_edition(tx, case["edition_id"]) if case else repository.latest_edition(tx)
    return {
        "edition": edition,
        "case": case,
        "unit": repository.need_unit(tx, data["unit_id"]) if Needs.UNIT in needs else None,
        "award": repository.need_award(tx, data["award_id"]) if Needs.AWARD in needs else None,
    }


def _write(tx: Any, event: Event, template: str, told: dict[str, dict[str, Any]]) -> None:
    letters = []
    for account, facts in told.items():
        text = compose(template, facts)
        letters.append(
            Letter(
                new_id("letter"), template, account, event.id, event.kind.type,
                text.subject, text.body, tx.now, event.correlation_id,
                event.data.get("edition_id"), event.data.get("case_id"),
            )
        )  # fmt: skip
    # a letter whose whole point is its one-time link has no in-site form
    repository.add_letters(tx, letters, in_site=template not in LINKS)
