"""How the sheets of a round become one score a case. Sheets are never changed; a result names its method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from contracts.edition import Method
from contracts.words import quantize_score
from services.review.domain.severity_model import estimate_severity

EXACT = Context(prec=40)
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Sheet:
    """One expert's total for one case, 0..100."""

    id: str
    case_id: str
    expert: str
    total: Decimal


@dataclass(frozen=True)
class CaseScore:
    """``dropped`` names the sheets that the method left out."""

    case_id: str
    score: Decimal
    sheets: int
    dropped: tuple[str, ...] = ()


Cases = dict[str, list[Sheet]]


def score_cases(sheets: Sequence[Sheet], method: Method) -> dict[str, CaseScore]:
    """Return the score of each case that has sheets, rounded half up to the method's decimals.

    The order of the sheets does not matter. Raises KeyError for a method that scores nothing.
    """
    cases: Cases = defaultdict(list)
    for sheet in sorted(sheets, key=lambda sheet: (sheet.case_id, sheet.total, sheet.id)):
        cases[sheet.case_id].append(sheet)
    with localcontext(EXACT):
        scored = METHODS[method.name](cases, method)
    return {
        case_id: CaseScore(case_id, quantize_score(score, method.decimals), len(cases[case_id]), dropped)
        for case_id, (score, dropped) in scored.items()
    }


Scored = dict[str, tuple[Decimal, tuple[str, ...]]]


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, start=Decimal(0)) / len(values)


def _clip(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), HUNDRED)


def score_by_mean(cases: Cases, method: Method) -> Scored:
    """Plain mean of all sheets."""
    return {case_id: (_mean([sheet.total for sheet in sheets]), ()) for case_id, sheets in cases.items()}


def score_by_trimmed_mean(cases: Cases, method: Method) -> Scored:
    """Mean without the highest and lowest sheets, where at least ``trim_from`` were handed in."""
    scored: Scored = {}
    for case_id, sheets in cases.items():
        kept = sheets
        if len(sheets) >= method.trim_from and len(sheets) > method.drop_low + method.drop_high:
            kept = sheets[method.drop_low : len(sheets) - method.drop_high]
        left = {sheet.id for sheet in kept}
        dropped = tuple(sheet.id for sheet in sheets if sheet.id not in left)
        scored[case_id] = (_mean([sheet.total for sheet in kept]), dropped)
    return scored


def score_by_standard(cases: Cases, method: Method) -> Scored:
    """Mean of scores standardised per expert, put back on the scale of the whole round, within 0..100.

    An expert whose sheets do not vary (or who has only one) says nothing of his own scale: his sheets are
    standardised by the whole round.
    """
    everything = [sheet for sheets in cases.values() for sheet in sheets]
    centre, spread = _mean([sheet.total for sheet in everything]), _deviation(everything)
    by_expert: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in everything:
        by_expert[sheet.expert].append(sheet)
    if spread == 0:
        return score_by_mean(cases, method)
    scale: dict[str, tuple[Decimal, Decimal]] = {}
    for expert, own in by_expert.items():
        deviation = _deviation(own)
        scale[expert] = (_mean([sheet.total for sheet in own]), deviation) if deviation else (centre, spread)
    return {
        case_id: (
            _clip(centre + spread * _mean(
                [(sheet.total - scale[sheet.expert][0]) / scale[sheet.expert][1] for sheet in sheets])),
            (),
        )
        for case_id, sheets in cases.items()
    }  # fmt: skip


def _deviation(sheets: Sequence[Sheet]) -> Decimal:
    mean = _mean([sheet.total for sheet in sheets])
    return _mean([(sheet.total - mean) ** 2 for sheet in sheets]).sqrt()


def score_by_severity(cases: Cases, method: Method) -> Scored:
    """Case effect of the additive model total = case + the expert's severity, by least squares, in 0..100."""
    everything = [sheet for sheets in cases.values() for sheet in sheets]
    severity = estimate_severity([(sheet.case_id, sheet.expert, sheet.total) for sheet in everything])
    return {
        case_id: (_clip(_mean([sheet.total - severity[sheet.expert] for sheet in sheets])), ())
        for case_id, sheets in cases.items()
    }


METHODS: dict[str, Callable[[Cases, Method], Scored]] = {
    "mean": score_by_mean,
    "trimmed_mean": score_by_trimmed_mean,
    "standardised": score_by_standard,
    "severity": score_by_severity,
}
