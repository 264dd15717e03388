"""Whether something is in time: the one place where that is decided."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from contracts.edition import Edition, Window
from contracts.errors import OutsideWindow

COLLECTION = "collection"


def is_open(window: Window, now: datetime) -> bool:
    """Say whether the half open window [opens_at, closes_at) holds ``now``."""
    return window.opens_at <= now < window.closes_at


def require_open(edition: Edition, now: datetime) -> None:
    """Refuse to take a case outside of the collection window.

    Raises OutsideWindow naming the window, when it opens and closes, and the deciding time.
    """
    window = edition.window(COLLECTION)
    if not is_open(window, now):
        raise _outside(edition, window, now)


def require_not_over(edition: Edition, now: datetime) -> None:
    """Refuse to begin what could never be handed in any more.

    Raises OutsideWindow.
    """
    window = edition.window(COLLECTION)
    if now >= window.closes_at:
        raise _outside(edition, window, now)


def require_before(due_at: datetime, now: datetime, edition: Edition) -> None:
    """Refuse a correction that comes at its due time or later.

    Raises OutsideWindow.
    """
    if now >= due_at:
        local = _local(due_at, edition)
        raise OutsideWindow(
            f"退回修改须在{local}之前完成，现已截止。",
            f"The correction was due before {local}.",
            window="correction",
            opens_at=None,
            closes_at=_instant(due_at),
            decided_at=_instant(now),
        )  # fmt: skip


def _outside(edition: Edition, window: Window, now: datetime) -> OutsideWindow:
    opens, closes = _local(window.opens_at, edition), _local(window.closes_at, edition)
    return OutsideWindow(
        f"“{window.name.zh}”的时间为{opens}至{closes}（不含），当前时间不在其中。",
        f"{window.name.en} is open from {opens} until before {closes}; it is not open now.",
        window=window.id, opens_at=_instant(window.opens_at), closes_at=_instant(window.closes_at),
        decided_at=_instant(now),
    )  # fmt: skip


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(moment: datetime, edition: Edition) -> str:
    return f"{moment.astimezone(ZoneInfo(edition.timezone)):%Y-%m-%d %H:%M}"
