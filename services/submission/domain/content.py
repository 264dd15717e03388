"""What a unit writes into a case: merged on each save, checked against the edition's questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.edition import Edition, Question
from contracts.errors import FieldError, InvalidInput

AFFIRMED = "yes"
FIELDS = ("track", "title", "summary", "answers", "declarations", "joint_units")


@dataclass(frozen=True)
class Content:
    """``declarations`` are the ids of those affirmed; ``joint_units`` are {"name", "uscc"}."""

    track: str | None = None
    title: str = ""
    summary: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    declarations: tuple[str, ...] = ()
    joint_units: tuple[Mapping[str, str], ...] = ()

    def merged(self, given: Mapping[str, Any]) -> Content:
        """Return the content with the given fields replaced; a field that is not given stays."""
        changes = {name: given[name] for name in FIELDS if name in given}
        for name in ("declarations", "joint_units"):
            if name in changes:
                changes[name] = tuple(changes[name])
        if "declarations" in changes:
            changes["declarations"] = tuple(dict.fromkeys(changes["declarations"]))
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "track": self.track,
            "title": self.title,
            "summary": self.summary,
            "answers": dict(self.answers),
            "declarations": list(self.declarations),
            "joint_units": [dict(unit) for unit in self.joint_units],
        }


def questions_of(edition: Edition, track_id: str | None) -> tuple[Question, ...]:
    """Return the questions a case on this track answers: the edition's, then the track's own."""
    track = edition.track(track_id) if track_id else None
    return edition.questions + (track.questions if track else ())


def check_content(content: Content, edition: Edition, own_uscc: str | None = None) -> None:
    """Refuse what could never be right: unknown track, questions or declarations, too long answers.

    Raises InvalidInput naming every field at fault.
    """
    found: list[FieldError] = []
    if content.track is not None and edition.track(content.track) is None:
        found.append(FieldError("track", "reference", "本届没有这个赛项", "The edition has no such track."))
    # a draft may change its track, so answers to every track's own questions may stand in it
    questions = {
        q.id: q for q in (*edition.questions, *(q for track in edition.tracks for q in track.questions))
    }
    for question_id, answer in content.answers.items():
        question = questions.get(question_id)
        place = f"answers.{question_id}"
        if question is None:
            found.append(FieldError(place, "reference", "没有这个问题", "There is no such question."))
        elif len(answer) > question.most:
            found.append(FieldError(place, "too_long", f"长度不能超过{question.most}",
                                    f"Longer than {question.most} characters."))  # fmt: skip
    declarations = {declaration.id for declaration in edition.declarations}
    for index, declaration_id in enumerate(content.declarations):
        if declaration_id not in declarations:
            found.append(
                FieldError(f"declarations.{index}", "reference", "没有这项声明", "No such declaration.")
            )
    seen = {own_uscc}
    for index, unit in enumerate(content.joint_units):
        if unit["uscc"] in seen:
            found.append(FieldError(f"joint_units.{index}.uscc", "unique", "联合申报单位重复或为本单位",
                                    "This unit is named twice, or is the entrant itself."))  # fmt: skip
        seen.add(unit["uscc"])
    if found:
        raise InvalidInput(found)
