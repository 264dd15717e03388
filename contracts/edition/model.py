"""The shape of an edition: one frozen dataclass a concept, in the order of the YAML file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from contracts.words import StageKind, UnitKind


@dataclass(frozen=True)
class Text2:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Direction:
    id: str
    name: Text2


@dataclass(frozen=True)
class Question:
    """Something a case must answer; ``must_affirm`` makes 'yes' the only answer that may be submitted."""

    id: str
    text: Text2
    required: bool = True
    must_affirm: bool = False
    most: int = 1000


@dataclass(frozen=True)
class Track:
    """``questions`` are the track's own, e.g. the sharing element of 共建共享; ``template`` a file name."""

    id: str
    number: int
    direction: str
    name: Text2
    scope: Text2
    template: str
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Window:
    """A period, half open: [opens_at, closes_at)."""

    id: str
    name: Text2
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class MaterialKind:
    """Which files of this kind a case may or must have; types are lower-case extensions without the dot."""

    id: str
    name: Text2
    types: tuple[str, ...]
    least: int
    most: int
    max_bytes: int


@dataclass(frozen=True)
class Declaration:
    id: str
    text: Text2


@dataclass(frozen=True)
class Reason:
    """A reason code; ``applies`` lists the decisions it may be given for.

    Decisions: qualification_return, qualification_reject, formal_return, formal_fail, disqualify.
    """

    code: str
    text: Text2
    applies: tuple[str, ...]


@dataclass(frozen=True)
class Criterion:
    """Scored from ``low`` to ``high`` in ``step``; a checklist criterion is 0 or 1."""

    id: str
    name: Text2
    weight: Decimal
    low: Decimal
    high: Decimal
    step: Decimal
    reason: str | None = None
    """Checklist only: the reason code that a 0 stands for."""


@dataclass(frozen=True)
class Rubric:
    """A score sheet's total is the sum of weight × value ÷ high, times 100, so that it lies in 0..100."""

    criteria: tuple[Criterion, ...]
    comment_least: int = 0


@dataclass(frozen=True)
class Method:
    """How sheets become a score: agreement | trimmed_mean | mean | standardised | severity.

    ``drop_high`` and ``drop_low`` sheets are left out where at least ``trim_from`` were handed in.
    """

    name: str
    drop_high: int = 0
    drop_low: int = 0
    trim_from: int = 0
    decimals: int = 2
    gap: Decimal | None = None
    """Sheets of one case further apart than this call for more experts or a panel."""
    most_extra: int = 3
    """Agreement only: how many experts beyond the panel are asked before the case is returned undecided."""


@dataclass(frozen=True)
class Quota:
    """How many go on, per scope of the stage: a ``count``, or a ``share`` rounded up, at least ``least``."""

    count: int | None = None
    share: Decimal | None = None
    least: int = 0


@dataclass(frozen=True)
class TieRule:
    """At the cut: ``include_all`` takes everyone tied; ``cascade`` decides by the named steps in order.

    Steps: criterion:<id> (higher mean first), fewer_low (fewer sheets under ``low_mark``), include_all.
    """

    rule: str
    cascade: tuple[str, ...] = ()
    low_mark: Decimal | None = None


@dataclass(frozen=True)
class Stage:
    """One step of judging. ``scope`` is ``track`` (a round per track) or ``edition`` (one round)."""

    id: str
    kind: StageKind
    name: Text2
    scope: str
    window: str
    panel: int
    rubric: Rubric
    method: Method
    quota: Quota
    tie: TieRule
    blind: bool = True
    return_days: int = 7
    least_sheets: int = 1
    """A case with fewer sheets keeps the round from closing."""


@dataclass(frozen=True)
class Recusal:
    same_unit: bool = True
    same_group: bool = True
    same_province: bool = False
    declared: bool = True
    past_employer_years: int = 0


@dataclass(frozen=True)
class Prize:
    """``kind``: case (by final rank: ``count`` cases, ties by the final's rule), organisation, nominated."""

    id: str
    kind: str
    name: Text2
    count: int


@dataclass(frozen=True)
class Organisation:
    """Weights of the best-organisation prize, counted per ``by`` (recommender or group_unit)."""

    by: str
    submitted: Decimal
    qualified: Decimal
    prized: Decimal
    least_cases: int = 1


@dataclass(frozen=True)
class Publicity:
    """``working_days`` full working days after the opening day, by the calendar of ``country``."""

    working_days: int
    country: str = "CN"


@dataclass(frozen=True)
class Edition:
    """One run of a contest."""

    id: str
    code: str
    """Short and upper-case; begins case numbers (``XL3-06-0001``) and certificate numbers."""
    name: Text2
    theme: Text2
    hosts: tuple[Text2, ...]
    organisers: tuple[Text2, ...]
    site: str
    timezone: str
    directions: tuple[Direction, ...]
    tracks: tuple[Track, ...]
    windows: tuple[Window, ...]
    unit_kinds: tuple[UnitKind, ...]
    max_cases_per_unit: int
    questions: tuple[Question, ...]
    materials: tuple[MaterialKind, ...]
    declarations: tuple[Declaration, ...]
    reasons: tuple[Reason, ...]
    qualification_return_days: int
    quarantine_days: int
    stages: tuple[Stage, ...]
    recusal: Recusal
    prizes: tuple[Prize, ...]
    organisation: Organisation
    publicity: Publicity
    retention_days: int | None = None
    """Nothing follows it; older editions say it. XINLV_RETENTION_<NAME>_DAYS set how long what is kept."""
    version: int = 0
    """Given by publishing; 0 before."""

    def track(self, track_id: str) -> Track | None:
        """Return the track, or None."""
        return next((track for track in self.tracks if track.id == track_id), None)

    def window(self, window_id: str) -> Window:
        """Return the window; the cross-check guarantees those that the rules name."""
        return next(window for window in self.windows if window.id == window_id)

    def stage(self, stage_id: str) -> Stage | None:
        """Return the stage, or None."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def stage_after(self, stage_id: str) -> Stage | None:
        """Return the stage that follows, or None after the last."""
        ids = [stage.id for stage in self.stages]
        following = ids.index(stage_id) + 1
        return self.stages[following] if following < len(ids) else None

    def reasons_for(self, decision: str) -> dict[str, Reason]:
        """Return the reasons that may be given for a decision, by code."""
        return {reason.code: reason for reason in self.reasons if decision in reason.applies}
