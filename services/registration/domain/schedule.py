"""What of an edition may still change: what has happened stays as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts.edition import Edition, Window
from contracts.errors import Conflict, FieldError, InvalidInput, NotFound

LISTS = {
    "directions": "id", "tracks": "id", "windows": "id", "questions": "id", "materials": "id",
    "declarations": "id", "stages": "id", "prizes": "id", "reasons": "code",
}  # fmt: skip


def compare_editions(old: dict[str, Any] | None, new: dict[str, Any]) -> list[dict[str, str]]:
    """Return the parts that differ as {"part", "change"}; lists item by item, e.g. windows.signup."""
    if old is None:
        return [{"part": "edition", "change": "added"}]
    found: list[dict[str, str]] = []
    for name in new:
        if name == "version" or old.get(name) == new[name]:
            continue
        if name in LISTS:
            found += _compare_items(name, LISTS[name], old.get(name) or [], new[name])
        else:
            found.append({"part": name, "change": "changed"})
    return found


def _compare_items(name: str, key: str, old: list[Any], new: list[Any]) -> list[dict[str, str]]:
    before = {item[key]: item for item in old}
    after = {item[key]: item for item in new}
    found = [{"part": f"{name}.{each}", "change": "removed"} for each in before if each not in after]
    for each, item in after.items():
        if each not in before:
            found.append({"part": f"{name}.{each}", "change": "added"})
        elif before[each] != item:
            found.append({"part": f"{name}.{each}", "change": "changed"})
    return found or [{"part": name, "change": "changed"}]  # only the order differs


def require_past_kept(old: Edition, new: Edition, now: datetime) -> None:
    """Raise InvalidInput where a new version rewrites what has happened.

    A bound of a window that has passed stays; so do a stage whose window is over, and from the moment cases
    are collected the tracks and the code, because numbers already given begin with them.
    """
    wrong: list[FieldError] = []
    kept = {window.id: window for window in new.windows}
    for window in old.windows:
        wrong += _rewritten(window, kept.get(window.id), now)
    over = {window.id for window in old.windows if window.closes_at <= now}
    for stage in old.stages:
        if stage.window in over and new.stage(stage.id) != stage:
            wrong.append(_over(f"stages.{stage.id}"))
    if old.window("collection").opens_at <= now:
        if new.code != old.code:
            wrong.append(_over("code"))
        for track in old.tracks:
            same = new.track(track.id)
            if same is None or same.number != track.number:
                wrong.append(_over(f"tracks.{track.id}"))
    if wrong:
        raise InvalidInput(wrong)


def move_window(
    edition: Edition, window_id: str, opens_at: datetime | None, closes_at: datetime | None, now: datetime
) -> tuple[Window, Edition]:
    """Return the window as it was and the edition with its new bounds; one left out stays.

    Raises NotFound, Conflict when nothing moves, InvalidInput when a passed bound moves or a bound would lie
    in the past.
    """
    old = next((window for window in edition.windows if window.id == window_id), None)
    if old is None:
        raise NotFound("本届没有这个时间窗口。", "The edition has no such window.", window=window_id)
    new = replace(old, opens_at=opens_at or old.opens_at, closes_at=closes_at or old.closes_at)
    if new == old:
        raise Conflict("时间没有变化。", "The window stays as it is.")
    wrong = list(_rewritten(old, new, now))
    for name in ("opens_at", "closes_at"):
        if getattr(new, name) != getattr(old, name) and getattr(new, name) < now:
            wrong.append(FieldError(name, "past", "不能改到过去", "Must not be moved into the past."))
    if new.opens_at >= new.closes_at:
        wrong.append(FieldError("closes_at", "order", "结束须晚于开始", "It must close after it opens."))
    if wrong:
        raise InvalidInput(wrong)
    windows = tuple(new if window.id == window_id else window for window in edition.windows)
    return old, replace(edition, windows=windows)


def _rewritten(old: Window, new: Window | None, now: datetime) -> Iterable[FieldError]:
    if old.opens_at <= now and (new is None or new.opens_at != old.opens_at):
        yield _over(f"windows.{old.id}.opens_at")
    if old.closes_at <= now and (new is None or new.closes_at != old.closes_at):
        yield _over(f"windows.{old.id}.closes_at")


def _over(path: str) -> FieldError:
    return FieldError(path, "over", "已经过去，不能再改", "It has passed and cannot be changed any more.")
