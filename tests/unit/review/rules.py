"""Rules to judge by: the default edition, and stages bent to what a test is about."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from contracts.edition import (
    Criterion,
    Edition,
    Method,
    Quota,
    Rubric,
    Stage,
    Text2,
    TieRule,
    edition_from_dict,
)

FILE = Path(__file__).resolve().parents[3] / "editions" / "xinlv-3.yaml"
EDITION: Edition = edition_from_dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def stage(kind: str) -> Stage:
    """Return a stage of the default edition."""
    found = EDITION.stage(kind)
    assert found is not None
    return found


FORMAL, TRACK, FINAL = stage("formal"), stage("track"), stage("final")


def criterion(name: str, weight: str = "1", low: str = "0", high: str = "100", step: str = "1") -> Criterion:
    """Return a criterion."""
    numbers = (Decimal(value) for value in (weight, low, high, step))
    return Criterion(name, Text2(name, name), *numbers)


def track_stage(**changes: Any) -> Stage:
    """Return the track stage with one criterion and the changes."""
    simple = replace(
        TRACK, rubric=Rubric((criterion("all"),)), method=Method("mean"), quota=Quota(count=2),
        tie=TieRule("include_all"),
    )  # fmt: skip
    return replace(simple, **changes)
