"""What the judging side said of an entry, as far as the entry must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass
class Formal:
    """The newest decision of the formal review; a return is ``answered`` by the revision that follows it."""

    outcome: str
    sequence: int
    due_at: datetime | None = None
    reasons: tuple[Mapping[str, str], ...] = ()
    answered: bool = False


@dataclass
class Standing:
    """The newest word on a disqualification."""

    disqualified: bool
    sequence: int
