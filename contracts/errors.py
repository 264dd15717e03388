"""Typed refusals: what a service says when it will not do a thing, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field; ``field`` is a dotted path, ``rule`` a stable code."""

    field: str
    rule: str
    zh: str
    en: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"field": self.field, "rule": self.rule, "zh": self.zh, "en": self.en}


class Refusal(Exception):
    """Base of all refusals; carries a message in both languages and facts as JSON values."""

    code: ClassVar[str] = "Refusal"
    status: ClassVar[int] = 400
    zh_title: ClassVar[str] = "请求被拒绝"

    def __init__(self, zh: str, en: str, **facts: Any) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.facts = facts

    def to_problem(self) -> dict[str, Any]:
        """Return the refusal as an RFC 9457 problem document."""
        return {
            "type": f"urn:xinlv:problem:{self.code}",
            "title": self.zh_title,
            "status": self.status,
            "code": self.code,
            "detail": self.zh,
            "detail_en": self.en,
            "facts": self.facts,
        }


MOST_FIELDS = 100
"""Of more faults than this the first are told: a refusal must not outgrow what it refuses."""


class InvalidInput(Refusal):
    """What was sent breaks a rule; every field at fault is named, up to MOST_FIELDS."""

    code = "InvalidInput"
    status = 422
    zh_title = "填写有误"

    def __init__(self, fields: Sequence[FieldError], zh: str = "", en: str = "") -> None:
        self.fields = tuple(fields)
        if len(self.fields) > MOST_FIELDS:
            left = len(self.fields) - MOST_FIELDS + 1
            more = FieldError("_", "more", f"另有{left}处有误", f"{left} more faults.")
            self.fields = (*self.fields[: MOST_FIELDS - 1], more)
        listed_zh = zh or "；".join(f"{f.field}：{f.zh}" for f in self.fields)
        listed_en = en or "; ".join(f"{f.field}: {f.en}" for f in self.fields)
        super().__init__(listed_zh, listed_en, fields=[f.to_dict() for f in self.fields])

    @classmethod
    def of(cls, field: str, rule: str, zh: str, en: str) -> InvalidInput:
        """Build the refusal of a single field."""
        return cls([FieldError(field, rule, zh, en)])


class NotSignedIn(Refusal):
    """No token, or one that is forged, expired or meant for somebody else."""

    code = "NotSignedIn"
    status = 401
    zh_title = "未登录"


class NotAllowed(Refusal):
    """The caller may not do this, or not to this object."""

    code = "NotAllowed"
    status = 403
    zh_title = "无权操作"


class NotFound(Refusal):
    """There is no such thing, or the caller may not know of it."""

    code = "NotFound"
    status = 404
    zh_title = "未找到"


class Conflict(Refusal):
    """The state does not allow it: stale version, wrong step, or a command id used for something else."""

    code = "Conflict"
    status = 409
    zh_title = "状态冲突"


class OutsideWindow(Refusal):
    """Too early or too late; facts name the window, when it opens and closes and the deciding time."""

    code = "OutsideWindow"
    status = 409
    zh_title = "不在办理时间内"


class NotYet(Refusal):
    """Something this depends on has not arrived; trying again later is right."""

    code = "NotYet"
    status = 425
    zh_title = "尚未就绪"


class TooManyRequests(Refusal):
    """The caller tries too often; facts say for how many seconds to wait."""

    code = "TooManyRequests"
    status = 429
    zh_title = "尝试过于频繁"


class Unavailable(Refusal):
    """A part needed for this does not answer; nothing was changed."""

    code = "Unavailable"
    status = 503
    zh_title = "服务暂不可用"


REFUSALS: dict[str, type[Refusal]] = {
    kind.code: kind
    for kind in (
        InvalidInput, NotSignedIn, NotAllowed, NotFound, Conflict, OutsideWindow, NotYet, TooManyRequests,
        Unavailable,
    )
}  # fmt: skip


def refusal_from_problem(problem: Mapping[str, Any]) -> Refusal:
    """Rebuild the typed refusal a service answered with; an unknown code becomes a plain Refusal."""
    facts = dict(problem.get("facts") or {})
    zh, en = str(problem.get("detail", "")), str(problem.get("detail_en", ""))
    kind = REFUSALS.get(str(problem.get("code")), Refusal)
    if kind is InvalidInput:
        return InvalidInput([FieldError(**field) for field in facts.get("fields", [])], zh, en)
    return kind(zh, en, **facts)
