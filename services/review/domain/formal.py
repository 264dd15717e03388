"""What the experts' checklists say of a case together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.edition import Edition, Stage
from contracts.words import FormalDecision
from services.review.domain.reasons import Reasons


@dataclass(frozen=True)
class Checklist:
    """One expert's sheet in the formal review."""

    sheet_id: str
    decision: str
    values: Mapping[str, Decimal]
    comment: str = ""


@dataclass(frozen=True)
class Verdict:
    """``decision`` is None while the experts have not agreed; ``needed`` is how many sheets it takes then."""

    decision: str | None
    needed: int


def agree(sheets: Sequence[Checklist], panel: int, most_extra: int) -> Verdict:
    """Decide a case from its current sheets.

    A whole panel of one mind decides. Where it differs one more expert is asked, and from then on the
    majority decides; no majority asks one more again, and after ``most_extra`` the case is returned, the
    one decision that takes nothing away from the entrant for good.
    """
    if len(sheets) < panel:
        return Verdict(None, panel)
    counts = Counter(sheet.decision for sheet in sheets)
    leader, votes = counts.most_common(1)[0]
    if len(counts) == 1 or (len(sheets) > panel and votes * 2 > len(sheets)):
        return Verdict(leader, len(sheets))
    if len(sheets) >= panel + most_extra:
        return Verdict(FormalDecision.RETURN.value, len(sheets))
    return Verdict(None, len(sheets) + 1)


def reasons_of(edition: Edition, stage: Stage, sheets: Sequence[Checklist], decision: str) -> Reasons:
    """Return the reason codes of every item found missing that may be given for the decision.

    Sheets of that decision speak first; only where they name no such reason do the others.
    """
    allowed = edition.reasons_for(f"formal_{decision}")
    ordered = [sheet for sheet in sheets if sheet.decision == decision]
    for speaking in (ordered, list(sheets)):
        found: dict[str, list[str]] = {}
        for criterion in stage.rubric.criteria:
            for sheet in speaking:
                code = criterion.reason
                if code in allowed and code is not None and sheet.values.get(criterion.id) == 0:
                    notes = found.setdefault(code, [])
                    if sheet.comment and sheet.comment not in notes:
                        notes.append(sheet.comment)
        if found:
            return [{"code": code, "note": "；".join(notes)[:1000]} for code, notes in found.items()]
    return []
