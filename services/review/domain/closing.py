"""What a round's sheets amount to: scores, ranks, the cut. Computed alike when closing and when checking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from contracts.edition import Method, Stage, edition_from_dict
from contracts.words import Outcome
from services.review.domain.gap import is_unanswered, is_wide
from services.review.domain.quota import Cut, cut_off, places_of
from services.review.domain.ranking import rank_cases
from services.review.domain.scoring import Sheet, score_cases
from services.review.domain.ties import TieFacts


@dataclass(frozen=True)
class FullSheet(Sheet):
    """A sheet with its marks, for ties."""

    values: Mapping[str, Decimal]


@dataclass(frozen=True)
class Placed:
    """One line of a result."""

    case_id: str
    score: Decimal
    rank: int
    tied: bool
    outcome: str
    sheets: int
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    lines: tuple[Placed, ...]
    cut: Cut

    @property
    def advanced(self) -> int:
        """Return how many go on."""
        return len(self.cut.advanced)


def compute_result(sheets: Sequence[FullSheet], stage: Stage, method: Method) -> Result:
    """Score, rank and cut the cases that have sheets, best first."""
    scored = score_cases(sheets, method)
    scores = {case_id: item.score for case_id, item in scored.items()}
    ranking = rank_cases(scores, stage.tie, tie_facts(sheets, stage))
    cut = cut_off(ranking, places_of(stage.quota, len(scores)))
    lines = tuple(
        Placed(
            item.case_id, item.score, item.rank, item.tied,
            (Outcome.ADVANCED if item.case_id in cut.advanced else Outcome.STOPPED).value,
            scored[item.case_id].sheets, scored[item.case_id].dropped,
        )
        for item in ranking.standings
    )  # fmt: skip
    return Result(lines, cut)


def tie_facts(sheets: Sequence[FullSheet], stage: Stage) -> dict[str, TieFacts]:
    """Return what a cascade may look at, per case."""
    by_case: dict[str, list[FullSheet]] = {}
    for sheet in sheets:
        by_case.setdefault(sheet.case_id, []).append(sheet)
    low = stage.tie.low_mark
    return {
        case_id: TieFacts(
            {item.id: sum((s.values[item.id] for s in own), start=Decimal(0)) / len(own)
             for item in stage.rubric.criteria},
            sum(1 for sheet in own if low is not None and sheet.total < low),
        )
        for case_id, own in by_case.items()
    }  # fmt: skip


@dataclass(frozen=True)
class Obstacle:
    """Why a round cannot be closed over a case.

    Its ``sheets`` are missing, a ``gap`` is unanswered, an expert is in ``conflict`` with it; or it is not in
    the round: it is ``waiting`` to be taken in, or in ``formal_review`` still. A formal round: ``undecided``,
    or ``returned`` and not back yet.
    """

    case_id: str
    problem: str
    have: int
    need: int


def find_obstacles(
    cases: Mapping[str, bool], sheets: Sequence[Sheet], stage: Stage, method: Method
) -> list[Obstacle]:
    """Return what keeps the round open; ``cases`` maps each case to whether a panel ruled on its gap."""
    totals: dict[str, list[Decimal]] = {case_id: [] for case_id in cases}
    for sheet in sheets:
        totals[sheet.case_id].append(sheet.total)
    found: list[Obstacle] = []
    for case_id, ruled in sorted(cases.items()):
        have = totals[case_id]
        if len(have) < stage.least_sheets:
            found.append(Obstacle(case_id, "sheets", len(have), stage.least_sheets))
        elif is_unanswered(have, stage.panel, method.gap, ruled):
            found.append(Obstacle(case_id, "gap", len(have), stage.panel + 1))
    return found


def wide_cases(sheets: Sequence[Sheet], method: Method) -> list[str]:
    """Return the cases whose sheets lie further apart than the method allows."""
    totals: dict[str, list[Decimal]] = {}
    for sheet in sheets:
        totals.setdefault(sheet.case_id, []).append(sheet.total)
    return sorted(case_id for case_id, own in totals.items() if is_wide(own, method.gap))


def sheet_from_json(row: Mapping[str, Any]) -> FullSheet:
    """Read a stored sheet: numbers are text."""
    values = {name: Decimal(value) for name, value in row["values"].items()}
    return FullSheet(
        str(row["id"]), str(row["case_id"]), str(row["expert"]), Decimal(str(row["total"])), values
    )


def method_to_json(method: Method) -> dict[str, Any]:
    """Write a method as JSON values."""
    return {**asdict(method), "gap": None if method.gap is None else str(method.gap)}


def method_from_json(data: Mapping[str, Any]) -> Method:
    """Read a method as ``method_to_json`` wrote it."""
    gap = data.get("gap")
    return Method(**{**data, "gap": None if gap is None else Decimal(str(gap))})


def compute_from_json(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Run ``compute_result`` from JSON to JSON: what a child process is given to do."""
    edition = edition_from_dict(payload["edition"])
    stage = edition.stage(payload["stage"])
    assert stage is not None
    sheets = [sheet_from_json(row) for row in payload["sheets"]]
    result = compute_result(sheets, stage, method_from_json(payload["method"]))
    return {
        "lines": [{**asdict(line), "score": str(line.score)} for line in result.lines],
        "places": result.cut.places,
        "advanced": result.advanced,
        "at_cut": list(result.cut.at_cut),
        "decided_by": list(result.cut.decided_by),
        "sheets": len(sheets),
    }


def placed_from_json(line: Mapping[str, Any]) -> Placed:
    """Read one line of ``compute_from_json``."""
    return Placed(**{**line, "score": Decimal(line["score"]), "dropped": tuple(line["dropped"])})
