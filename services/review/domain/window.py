"""Whether judging work may be done now."""

from __future__ import annotations

from datetime import datetime

from contracts.edition import Edition
from contracts.errors import OutsideWindow


def require_open(edition: Edition, window_id: str, now: datetime) -> None:
    """Do nothing while the window is open: from its opening on, until just before it closes.

    Raises OutsideWindow naming the window, its two ends and the deciding time.
    """
    window = edition.window(window_id)
    if window.opens_at <= now < window.closes_at:
        return
    raise OutsideWindow(
        f"“{window.name.zh}”的办理时间为{window.opens_at:%Y-%m-%d %H:%M}"
        f"至{window.closes_at:%Y-%m-%d %H:%M}（UTC）。",
        f"{window.name.en!r} is open from {window.opens_at:%Y-%m-%d %H:%M} until "
        f"{window.closes_at:%Y-%m-%d %H:%M} UTC.",
        window=window_id,
        opens_at=window.opens_at.isoformat(),
        closes_at=window.closes_at.isoformat(),
        at=now.isoformat(),
    )
