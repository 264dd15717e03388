"""The cross-check: what does not fit together in rules that are well-formed each by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.edition.model import Edition, Stage
from contracts.errors import FieldError
from contracts.fields import ID_SHAPE
from contracts.words import MEDIA_TYPES, StageKind

WINDOWS = ("signup", "collection", "qualification")
LISTS = ("directions", "tracks", "windows", "questions", "materials", "declarations", "stages", "prizes")
METHODS = ("agreement", "trimmed_mean", "mean", "standardised", "severity")
DECISIONS = ("qualification_return", "qualification_reject", "formal_return", "formal_fail", "disqualify")


def check_edition(edition: Edition) -> list[FieldError]:
    """Return what does not fit together in rules that are well-formed each by itself."""
    found: list[FieldError] = []

    def need(good: bool, path: str, rule: str, zh: str, en: str) -> None:
        if not good:
            found.append(FieldError(path, rule, zh, en))

    for name in LISTS:
        for repeated in _repeated(item.id for item in getattr(edition, name)):
            need(False, name, "unique", f"“{repeated}”重复", f"{repeated!r} stands twice.")
    for repeated in _repeated(reason.code for reason in edition.reasons):
        need(False, "reasons", "unique", f"“{repeated}”重复", f"{repeated!r} stands twice.")
    for repeated in _repeated(track.number for track in edition.tracks):
        need(False, "tracks", "unique", f"赛项编号{repeated}重复", f"The number {repeated} stands twice.")
    for path, name in _names(edition):
        need(bool(ID_SHAPE.fullmatch(name)), path, "identifier", "不是有效的标识", "Not a valid identifier.")
    need(bool(edition.tracks), "tracks", "required", "至少一个赛项", "At least one track.")
    need(bool(edition.stages), "stages", "required", "至少一个评审阶段", "At least one stage.")
    need(edition.publicity.working_days >= 1, "publicity.working_days", "range", "至少1个工作日",
         "At least 1 day.")
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
        need(set(kind.types) <= set(MEDIA_TYPES), f"materials.{kind.id}.types", "choice",
             f"文件类型须为以下之一：{'、'.join(MEDIA_TYPES)}",
             f"Types must be among {', '.join(MEDIA_TYPES)}.")
    for reason in edition.reasons:
        known = bool(reason.applies) and set(reason.applies) <= set(DECISIONS)
        need(known, f"reasons.{reason.code}", "choice", "适用的决定无效",
             f"Decisions must be among {', '.join(DECISIONS)}.")
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
        (stage.scope in ("track", "edition"), "scope", "choice", "应为赛项或全届",
         "Must be track or edition."),
        (stage.kind != StageKind.FINAL or stage.scope == "edition", "scope", "final",
         "总决赛须为全届统一的一轮，方可据以评奖", "Prizes follow from one final for the whole edition."),
        (1 <= stage.panel <= 50, "panel", "range", "应为1到50人", "Must be 1 to 50."),
        (1 <= stage.least_sheets <= stage.panel, "least_sheets", "range", "应在1与评委人数之间",
         "Must be between 1 and the panel's size."),
        (stage.method.name in METHODS, "method.name", "choice", "计分方法无效",
         f"Must be one of {', '.join(METHODS)}."),
        ((stage.method.name == "agreement") == (stage.kind == StageKind.FORMAL), "method.name", "choice",
         "形式审查且仅形式审查用“一致”方法", "Agreement belongs to the formal review and only to it."),
        (bool(criteria) and len(ids) == len(criteria), "rubric.criteria", "unique",
         "评分项为空或重复", "Criteria are missing or repeated."),
        (all(item.low < item.high and item.step > 0 and item.weight > 0 for item in criteria),
         "rubric.criteria", "range", "分值范围、步长或权重无效", "Range, step or weight is not valid."),
        (stage.kind == StageKind.FORMAL or sum(item.weight for item in criteria) == 1, "rubric.criteria",
         "weights", "权重之和应为1", "Weights must add up to 1."),
        (stage.method.trim_from > stage.method.drop_high + stage.method.drop_low
         or stage.method.name != "trimmed_mean", "method.trim_from", "range", "去分后须至少剩一份评分",
         "At least one sheet must remain after trimming."),
        (0 <= stage.method.most_extra <= 50, "method.most_extra", "range", "应为0到50人", "Must be 0 to 50."),
        ((stage.quota.count is None) != (stage.quota.share is None), "quota", "one_of",
         "名额取数量或比例之一", "Give either a count or a share."),
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


def _names(edition: Edition) -> Iterable[tuple[str, str]]:
    yield "id", edition.id
    yield "code", edition.code
    for part in LISTS:
        for index, item in enumerate(getattr(edition, part)):
            yield f"{part}.{index}.id", item.id
    for index, track in enumerate(edition.tracks):
        for place, question in enumerate(track.questions):
            yield f"tracks.{index}.questions.{place}.id", question.id
    for index, reason in enumerate(edition.reasons):
        yield f"reasons.{index}.code", reason.code
    for index, stage in enumerate(edition.stages):
        for place, criterion in enumerate(stage.rubric.criteria):
            yield f"stages.{index}.rubric.criteria.{place}.id", criterion.id


def _known_step(step: str, criteria: set[str], stage: Stage) -> bool:
    if step == "fewer_low":
        return stage.tie.low_mark is not None
    kind, _, criterion = step.partition(":")
    return step == "include_all" or (kind == "criterion" and criterion in criteria)


def _repeated(names: Iterable[Any]) -> list[Any]:
    return [name for name, count in Counter(names).items() if count > 1]
