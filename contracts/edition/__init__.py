"""An edition's rules as frozen, cross-checked data. What they mean is decided in the services' domains."""

from contracts.edition.check import check_edition
from contracts.edition.load import edition_from_dict, edition_to_dict, read_edition
from contracts.edition.model import (
    Criterion,
    Declaration,
    Direction,
    Edition,
    MaterialKind,
    Method,
    Organisation,
    Prize,
    Publicity,
    Question,
    Quota,
    Reason,
    Recusal,
    Rubric,
    Stage,
    Text2,
    TieRule,
    Track,
    Window,
)

__all__ = [
    "Criterion", "Declaration", "Direction", "Edition", "MaterialKind", "Method", "Organisation", "Prize",
    "Publicity", "Question", "Quota", "Reason", "Recusal", "Rubric", "Stage", "Text2", "TieRule", "Track",
    "Window", "check_edition", "edition_from_dict", "edition_to_dict", "read_edition",
]  # fmt: skip
