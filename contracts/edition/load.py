"""Reading an edition: from JSON-like data to frozen rules, refusing what does not fit together."""

from __future__ import annotations

import dataclasses
import types
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.edition.model import Edition, Stage
from contracts.errors import FieldError, InvalidInput
from contracts.words import StageKind

WINDOWS = ("signup", "collection", "qualification")
METHODS = ("agreement", "trimmed_mean", "mean", "standardised", "severity")
DECISIONS = ("qualification_return", "qualification_reject", "formal_return", "formal_fail", "disqualify")


class _Wrong(Exception):
    def __init__(self, path: str, rule: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.error = FieldError(path, rule, zh, en)


def edition_from_dict(data: Any) -> Edition:
    """Build the rules from JSON-like data (dates as ISO 8601 with zone, decimals as strings or integers).

    Raises InvalidInput naming the place of every fault.
    """
    wrong: list[FieldError] = []
    edition = _build(Edition, data, "", wrong)
    if wrong:
        raise InvalidInput(wrong)
    found = check_edition(edition)
    if found:
        raise InvalidInput(found)
    assert isinstance(edition, Edition)
    return edition


read_edition = edition_from_dict


def _build(kind: Any, value: Any, path: str, wrong: list[FieldError]) -> Any:
    if not isinstance(value, dict):
        wrong.append(FieldError(path or "_", "object", "应为对象", "Must be an object."))
        return None
    hints = get_type_hints(kind)
    known = {field.name: field for field in dataclasses.fields(kind)}
    for name in value.keys() - known.keys():
        wrong.append(FieldError(f"{path}.{name}".strip("."), "unknown", "不认识的字段", "Unknown field."))
    built: dict[str, Any] = {}
    for name, field in known.items():
        place = f"{path}.{name}".strip(".")
        if name in value:
            try:
                built[name] = _convert(hints[name], value[name], place, wrong)
            except _Wrong as error:
                wrong.append(error.error)
        elif field.default is dataclasses.MISSING:
            wrong.append(FieldError(place, "required", "必填", "Missing data for required field."))
    return None if wrong else kind(**built)


def _convert(hint: Any, value: Any, path: str, wrong: list[FieldError]) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(option for option in get_args(hint) if option is not type(None))
        return None if value is None else _convert(inner, value, path, wrong)
    if origin is tuple:
        if not isinstance(value, list) or len(value) > 500:
            raise _Wrong(path, "list", "应为列表", "Must be a list.")
        inner = get_args(hint)[0]
        return tuple(_convert(inner, item, f"{path}.{index}", wrong) for index, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, path, wrong)
    return _SCALARS[hint if not issubclass(hint, StrEnum) else StrEnum](hint, value, path)


def _string(_: Any, value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 4000:
        raise _Wrong(path, "string", "应为文字", "Must be a text of 1 to 4000 characters.")
    return value.strip()


def _integer(_: Any, value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**12:
        raise _Wrong(path, "number", "应为非负整数", "Must be a whole number, not negative.")
    return value


def _boolean(_: Any, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(path, "boolean", "应为是或否", "Must be true or false.")
    return value


def _decimal(_: Any, value: Any, path: str) -> Decimal:
    try:
        if isinstance(value, float | bool) or len(str(value)) > 24:
            raise ValueError
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError
    except (InvalidOperation, ValueError, TypeError) as error:
        raise _Wrong(path, "number", "应为十进制数（整数或文字）", "Must be a decimal as text or integer.") from error
    return number


def _moment(_: Any, value: Any, path: str) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong(path, "datetime", "应为带时区的时间", "Must be a time with its zone.") from error


def _enumeration(hint: Any, value: Any, path: str) -> Any:
    try:
        return hint(value)
    except ValueError as error:
        listed = ", ".join(hint)
        raise _Wrong(path, "choice", f"应为以下之一：{listed}", f"Must be one of: {listed}.") from error


_SCALARS: dict[Any, Callable[[Any, Any, str], Any]] = {
    str: _string, int: _integer, bool: _boolean, Decimal: _decimal, datetime: _moment, StrEnum: _enumeration,
}  # fmt: skip


def check_edition(edition: Edition) -> list[FieldError]:
    """Return what does not fit together in rules that are well-formed each by itself."""
    found: list[FieldError] = []

    def need(good: bool, path: str, rule: str, zh: str, en: str) -> None:
        if not good:
            found.append(FieldError(path, rule, zh, en))

    for name in ("directions", "tracks", "windows", "questions", "materials", "declarations", "stages", "prizes"):
        for repeated in _repeated(item.id for item in getattr(edition, name)):
            need(False, name, "unique", f"“{repeated}”重复", f"{repeated!r} stands twice.")
    for repeated in _repeated(reason.code for reason in edition.reasons):
        need(False, "reasons", "unique", f"“{repeated}”重复", f"{repeated!r} stands twice.")
    need(bool(edition.tracks), "tracks", "required", "至少一个赛项", "At least one track.")
    need(bool(edition.stages), "stages", "required", "至少一个评审阶段", "At least one stage.")
    need(edition.publicity.working_days >= 1, "publicity.working_days", "range", "至少1个工作日", "At least 1 day.")
    need(edition.max_cases_per_unit >= 1, "max_cases_per_unit", "range", "至少1个", "At least 1.")
    try:
        ZoneInfo(edition.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        need(False, "timezone", "timezone", "不认识的时区", "Not a known time zone.")
    directions = {direction.id for direction in edition.directions}
    for index, track in enumerate(edition.tracks):
        need(track.direction in directions, f"tracks.{index}.direction", "reference", "没有这个方向",
             "There is no such direction.")
    windows = {window.id for window in edition.windows}
    for window in edition.windows:
        need(window.opens_at < window.closes_at, f"windows.{window.id}", "order", "结束须晚于开始",
             "It must close after it opens.")
    for name in WINDOWS:
        need(name in windows, "windows", "required", f"缺少“{name}”", f"The window {name!r} is missing.")
    for kind in edition.materials:
        need(kind.least <= kind.most and kind.most >= 1 and kind.max_bytes >= 1 and bool(kind.types),
             f"materials.{kind.id}", "range", "数量、大小或类型无效", "Count, size or types are not valid.")
    for reason in edition.reasons:
        need(set(reason.applies) <= set(DECISIONS) and bool(reason.applies), f"reasons.{reason.code}", "choice",
             "适用的决定无效", f"Decisions must be among {', '.join(DECISIONS)}.")
    for decision in DECISIONS:
        need(bool(edition.reasons_for(decision)), "reasons", "required", f"“{decision}”没有理由代码",
             f"No reason code applies to {decision}.")
    for stage in edition.stages:
        found += _check_stage(edition, stage, windows)
    kinds = [stage.kind for stage in edition.stages]
    order = [StageKind.FORMAL, StageKind.TRACK, StageKind.FINAL]
    need(kinds == sorted(kinds, key=order.index) and kinds.count(StageKind.FORMAL) == 1
         and kinds.count(StageKind.FINAL) == 1, "stages", "order", "应依次为形式审查、专题赛、总决赛",
         "One formal review comes first, then track rounds, then one final.")
    for prize in edition.prizes:
        need(prize.kind in ("case", "organisation", "nominated"), f"prizes.{prize.id}.kind", "choice",
             "奖项类别无效", "Must be case, organisation or nominated.")
    need(edition.organisation.by in ("recommender", "group_unit"), "organisation.by", "choice",
         "应为推荐单位或集团", "Must be recommender or group_unit.")
    return found


def _check_stage(edition: Edition, stage: Stage, windows: set[str]) -> Iterable[FieldError]:
    place = f"stages.{stage.id}"
    criteria = stage.rubric.criteria
    ids = {criterion.id for criterion in criteria}
    faults: list[tuple[bool, str, str, str, str]] = [
        (stage.window in windows, "window", "reference", "没有这个时间窗口", "There is no such window."),
        (stage.scope in ("track", "edition"), "scope", "choice", "应为赛项或全届", "Must be track or edition."),
        (1 <= stage.panel <= 50, "panel", "range", "应为1到50人", "Must be 1 to 50."),
        (1 <= stage.least_sheets <= stage.panel, "least_sheets", "range", "应在1与评委人数之间",
         "Must be between 1 and the panel's size."),
        (stage.method.name in METHODS, "method.name", "choice", "计分方法无效",
         f"Must be one of {', '.join(METHODS)}."),
        ((stage.method.name == "agreement") == (stage.kind == StageKind.FORMAL), "method.name", "choice",
         "形式审查且仅形式审查用“一致”方法", "Agreement belongs to the formal review and only to it."),
        (bool(criteria) and not _repeated(criterion.id for criterion in criteria), "rubric.criteria", "unique",
         "评分项为空或重复", "Criteria are missing or repeated."),
        (all(item.low < item.high and item.step > 0 and item.weight > 0 for item in criteria), "rubric.criteria",
         "range", "分值范围、步长或权重无效", "Range, step or weight is not valid."),
        (stage.kind == StageKind.FORMAL or sum(item.weight for item in criteria) == 1, "rubric.criteria",
         "weights", "权重之和应为1", "Weights must add up to 1."),
        (stage.method.trim_from > stage.method.drop_high + stage.method.drop_low
         or stage.method.name != "trimmed_mean", "method.trim_from", "range", "去分后须至少剩一份评分",
         "At least one sheet must remain after trimming."),
        ((stage.quota.count is None) != (stage.quota.share is None), "quota", "one_of", "名额取数量或比例之一",
         "Give either a count or a share."),
        (stage.quota.share is None or 0 < stage.quota.share <= 1, "quota.share", "range", "比例应在0与1之间",
         "The share must be above 0 and at most 1."),
        (stage.tie.rule in ("include_all", "cascade"), "tie.rule", "choice", "并列规则无效",
         "Must be include_all or cascade."),
        (all(_known_step(step, ids, stage) for step in stage.tie.cascade)
         and (stage.tie.rule != "cascade" or bool(stage.tie.cascade)), "tie.cascade", "choice",
         "并列判定步骤无效", "A step of the cascade is not known."),
        (stage.kind != StageKind.FORMAL or all(
            item.reason in edition.reasons_for("formal_return") | edition.reasons_for("formal_fail")
            for item in criteria), "rubric.criteria", "reference", "形式审查的每一项须有理由代码",
         "Each item of the checklist needs a reason code."),
    ]  # fmt: skip
    return [FieldError(f"{place}.{path}", rule, zh, en) for good, path, rule, zh, en in faults if not good]


def _known_step(step: str, criteria: set[str], stage: Stage) -> bool:
    if step == "fewer_low":
        return stage.tie.low_mark is not None
    return step == "include_all" or (step.startswith("criterion:") and step.removeprefix("criterion:") in criteria)


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
