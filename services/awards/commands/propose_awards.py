"""Draw up all prizes of an edition once its final is closed and everything about it has arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from contracts.edition import Edition
from contracts.errors import Conflict, NotYet
from contracts.events import awards as events
from contracts.words import StageKind
from plumbing.store.ids import new_id
from services.awards import facts, repository, telling
from services.awards.domain.award import Award
from services.awards.domain.nomination import Nomination
from services.awards.domain.organisation import tally_organisations
from services.awards.domain.prizes import award_places
from services.awards.domain.proposal import Line, Proposal, draw_up

MOST_AWARDS = 2000
NOBODY: dict[str, Any] = {
    "title": None, "unit_id": None, "track": None, "contact_account": None, "joint_units": [],
}  # fmt: skip


def propose_awards(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Propose every prize; a dry run shows the table.

    Raises NotYet while the final is open or a score is missing, Conflict while another proposal stands.
    """
    edition = repository.load_edition(tx, args["edition_id"])
    repository.lock_edition(tx, edition.id)
    if standing := repository.open_proposal(tx, edition.id):
        raise Conflict("本届已有评奖方案，须先作废。", "The edition has a proposal; discard it first.",
                       proposal_id=standing.id)  # fmt: skip
    final = find_final(tx, edition)
    placings = facts.read_placings(tx, final)
    left_out = facts.read_left_out(tx, edition.id)
    places = award_places(placings, edition.prizes, left_out)
    entered = facts.read_entered(tx, edition, {place.case_id for place in places}, left_out)
    tallies = tally_organisations(entered, edition.organisation)
    nominations = repository.nominations_of_edition(tx, edition.id)
    lines = draw_up(edition.prizes, places, tallies, nominations)
    if len(lines) > MOST_AWARDS:
        raise Conflict(f"一次最多提出{MOST_AWARDS}个奖项。", f"At most {MOST_AWARDS} prizes at once.",
                       prizes=len(lines))  # fmt: skip
    ranked = {placing.case_id for placing in placings}
    proposal = Proposal(
        id=new_id("proposal"), edition_id=edition.id, edition_version=edition.version,
        result_id=final["result_id"], prizes=[asdict(prize) for prize in edition.prizes],
        left_out=sorted(ranked & left_out),
        tallies=[{**asdict(tally), "score": repository.plain_decimal(tally.score)} for tally in tallies],
        nominations=[snapshot(item) for item in nominations], total=len(lines), proposed_at=tx.now,
    )  # fmt: skip
    awards = make_awards(tx, edition, proposal.id, lines, nominations)
    keep(tx, proposal, awards, nominations)
    return describe(proposal, awards, lines, dry_run=args["dry_run"])


def find_final(tx: Any, edition: Edition) -> dict[str, Any]:
    """Return the closing of the final with the result that stands now and the number of its cases."""
    closing = tx.collection("closings").find_one({"edition_id": edition.id, "kind": StageKind.FINAL})
    if closing is None:
        raise NotYet("总决赛尚未结束。", "The final has not been closed.", edition_id=edition.id)
    if closing["track"] is not None:
        raise Conflict(
            "总决赛须为全届统一的一轮，方可据以评奖。",
            "Prizes follow from one final for the whole edition.",
            round_id=closing["_id"],
        )
    newest = repository.superseding_result(tx, closing["result_id"]) or closing["result_id"]
    return {"result_id": newest, "cases": closing["cases"]}


def make_awards(
    tx: Any, edition: Edition, proposal_id: str, lines: list[Line], nominations: list[Nomination]
) -> list[Award]:
    """Return the award of every line, in their order; NotYet when a case or unit has not arrived."""
    cases = facts.read_cases(tx, [line.case_id for line in lines if line.case_id])
    nominees = {item.id: item for item in nominations}
    wanted = {item.unit_id for item in nominations if item.unit_id}
    units = facts.read_units(tx, wanted | {case["unit_id"] for case in cases.values()})
    names = {prize.id: {"zh": prize.name.zh, "en": prize.name.en} for prize in edition.prizes}
    awards = []
    for position, line in enumerate(lines, 1):
        if line.case_id:
            laureate = describe_winner(cases[line.case_id], units)
        elif line.nomination_id:
            laureate = describe_nominee(nominees[line.nomination_id], units)
        else:
            laureate = {**NOBODY, "laureate": line.organisation}
        awards.append(
            Award(
                id=new_id("award"), edition_id=edition.id, proposal_id=proposal_id, position=position,
                prize=line.prize, prize_name=names[line.prize], case_id=line.case_id, rank=line.rank,
                score=plain_score(line.score), **laureate,
            )
        )  # fmt: skip
    return awards


def describe_winner(case: dict[str, Any], units: dict[str, Any]) -> dict[str, Any]:
    """Return who gets a case's prize: its unit, with the units it was entered jointly with."""
    return {
        "laureate": units[case["unit_id"]]["name"], "title": case["title"], "unit_id": case["unit_id"],
        "track": case["track"], "contact_account": case["contact_account"],
        "joint_units": [joint["name"] for joint in case["joint_units"]],
    }  # fmt: skip


def describe_nominee(nomination: Nomination, units: dict[str, Any]) -> dict[str, Any]:
    """Return who gets a nominated prize."""
    if nomination.unit_id is None:
        return {**NOBODY, "laureate": nomination.laureate}
    unit = units[nomination.unit_id]
    contact = {"unit_id": nomination.unit_id, "contact_account": unit["contact_account"]}
    return {**NOBODY, **contact, "laureate": unit["name"]}


def keep(tx: Any, proposal: Proposal, awards: list[Award], nominations: list[Nomination]) -> None:
    """Store a proposal with its awards, close the vote and tell it."""
    repository.save(tx, proposal)
    repository.insert_awards(tx, awards)
    for nomination in nominations:
        nomination.proposal_id = proposal.id
        repository.save(tx, nomination)
    for data in telling.chunk_awards(proposal.id, proposal.edition_id, awards):
        tx.emit(events.AwardsProposed, proposal.id, proposal.version, data)


def snapshot(nomination: Nomination) -> Mapping[str, Any]:
    """Return a nomination's counts as a proposal keeps them, without who voted how."""
    return {
        "nomination_id": nomination.id, "prize": nomination.prize, "laureate": nomination.laureate,
        "in_favour": nomination.in_favour, "against": nomination.against,
    }  # fmt: skip


def plain_score(score: str | None) -> str | None:
    """Write a score without an exponent, with at least two decimals."""
    if score is None:
        return None
    value = Decimal(score)
    exponent = value.as_tuple().exponent
    return format(value, ".2f") if isinstance(exponent, int) and exponent > -2 else format(value, "f")


def describe(proposal: Proposal, awards: list[Award], lines: list[Line], *, dry_run: bool) -> dict[str, Any]:
    """Return the table of a proposal."""
    return {
        "proposal_id": None if dry_run else proposal.id, "edition_id": proposal.edition_id,
        "result_id": proposal.result_id, "total": proposal.total,
        "counts": dict(Counter(line.prize for line in lines)), "left_out": proposal.left_out,
        "lines": [
            {"position": award.position, "prize": award.prize, "prize_name": award.prize_name,
             "laureate": award.laureate, "title": award.title, "case_id": award.case_id, "rank": award.rank,
             "score": award.score}
            for award in awards
        ],
    }  # fmt: skip
