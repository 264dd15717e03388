"""What must hold of stored awards, for the desk's check; each returns its findings, none when all is well."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts.errors import Unavailable
from contracts.words import AwardStatus
from plumbing.service import Findings
from services.awards import facts, repository
from services.awards.domain.award import CERTIFIED, FINAL, PUBLISHED
from services.awards.domain.nomination import Nomination
from services.awards.domain.numbering import has_valid_check
from services.awards.domain.organisation import Tally
from services.awards.domain.prizes import award_places
from services.awards.domain.proposal import DISCARDED, Proposal, draw_up

IN_THE_MAKING = timedelta(minutes=5)
MOST_PDFS = 200


def awards_recompute(view: Any) -> Findings:
    """Every standing proposal follows again from the stored result and the counts it keeps."""
    found = Findings()
    for row in view.collection("proposals").find({"status": {"$ne": DISCARDED}}):
        proposal = repository.to_proposal(row)
        stored = sorted(
            (award.prize, award.case_id or award.unit_id or award.laureate)
            for award in repository.awards_of_proposal(view, proposal.id)
        )
        again = recompute(view, proposal)
        found.seen += len(stored)
        if stored != again:
            differing = sorted(set(stored) ^ set(again))[:5]
            problem = f"awards differ from the result: {differing}"
            found.append(_finding("awards_recompute", proposal.id, problem))
    return found


def recompute(view: Any, proposal: Proposal) -> list[tuple[str, str]]:
    """Return what a proposal should hold: prize, and case, unit or laureate; names may change, ids do not."""
    prizes = repository.prizes_of(proposal.prizes)
    rows = view.collection("results").find({"result_id": proposal.result_id})
    placings = [facts.to_placing(row) for row in rows]
    tallies = [Tally(**{**tally, "score": Decimal(tally["score"])}) for tally in proposal.tallies]
    nominations = [
        Nomination(
            row["nomination_id"], proposal.edition_id, row["prize"], row["laureate"], None, "", "",
            votes={str(n): n < row["in_favour"] for n in range(row["in_favour"] + row["against"])},
        )
        for row in proposal.nominations
    ]  # fmt: skip
    nominees = {item.id: item.laureate for item in nominations} | {
        item.id: item.unit_id
        for item in repository.nominations_of_edition(view, proposal.edition_id)
        if item.unit_id
    }
    lines = draw_up(prizes, award_places(placings, prizes, set(proposal.left_out)), tallies, nominations)
    return sorted(
        (line.prize, line.case_id or line.organisation or nominees[str(line.nomination_id)]) for line in lines
    )


def certificates_match(view: Any) -> Findings:
    """Every certified award has one certificate whose number checks, and none is kept waiting for long."""
    found = Findings()
    keys = {row["_id"]: bytes.fromhex(row.get("key", "")) for row in view.collection("numbering").find({})}
    issued = {row["award_id"]: row for row in view.collection("certificates").find({"state": "issued"})}
    numbers: Counter[str] = Counter()
    for award in view.collection("awards").find({"status": {"$in": sorted(FINAL)}}):
        found.seen += 1
        row = issued.get(award["_id"])
        if row is None:
            if award["status"] == CERTIFIED or award["published_at"] < view.now - IN_THE_MAKING:
                found.append(_finding("certificates_match", award["_id"], _why_missing(view, award)))
            continue
        numbers[row["_id"]] += 1
        is_its_own = row["_id"] == award["certificate_number"] and numbers[row["_id"]] == 1
        if award["status"] == PUBLISHED or not is_its_own:
            problem = f"does not fit certificate {row['_id']}"
            found.append(_finding("certificates_match", award["_id"], problem))
        elif not has_valid_check(row["_id"], keys[row["edition_id"]]):
            found.append(_finding("certificates_match", row["_id"], "its check characters are wrong"))
    return found


def _why_missing(view: Any, award: dict[str, Any]) -> str:
    row = view.collection("certificates").find_one({"award_id": award["_id"]}) or {}
    return f"no certificate was made: {row.get('problem') or 'no attempt yet'}"


def stored_pdfs_match(view: Any) -> Findings:
    """The newest certificates lie in storage with the recorded SHA-256; at most 200 are read."""
    found = Findings()
    issued = view.collection("certificates").find({"state": "issued"}, sort=[("issued_at", -1)])
    for row in issued.limit(MOST_PDFS):
        found.seen += 1
        try:
            pdf = view.parts.materials.read_publication(row["key"])
        except Unavailable as error:
            found.append(_finding("stored_pdfs_match", row["_id"], error.en))
            return found
        if pdf is None:
            found.append(_finding("stored_pdfs_match", row["_id"], "the PDF is not in storage"))
        elif hashlib.sha256(pdf).hexdigest() != row["sha256"]:
            found.append(_finding("stored_pdfs_match", row["_id"], "the stored PDF has another SHA-256"))
    return found


def objections_hold(view: Any) -> Findings:
    """An award waits exactly while an objection to it is open."""
    filed = Counter(row["award_id"] for row in view.collection("objections").find({"status": "filed"}))
    found = Findings()
    for award in view.collection("awards").find({}, {"open_objections": 1, "status": 1}):
        found.seen += 1
        if award["open_objections"] != filed[award["_id"]]:
            found.append(_finding("objections_hold", award["_id"], "counts other objections than are open"))
        elif filed[award["_id"]] and award["status"] not in (AwardStatus.OBJECTED, AwardStatus.WITHDRAWN):
            found.append(_finding("objections_hold", award["_id"], "went on despite an open objection"))
        elif not filed[award["_id"]] and award["status"] == AwardStatus.OBJECTED:
            found.append(_finding("objections_hold", award["_id"], "waits, but no objection is open"))
    return found


def _finding(check: str, subject: str, problem: str) -> dict[str, str]:
    return {"check": check, "subject": subject, "problem": problem}
