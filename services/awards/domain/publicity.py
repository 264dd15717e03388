"""How long proposed prizes are public: whole working days after the opening day, by the calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from contracts.edition import Publicity
from contracts.errors import NotYet


@dataclass(frozen=True)
class Period:
    """Half open: [opens_at, closes_at); ``days`` are the working days that count."""

    opens_at: datetime
    closes_at: datetime
    days: tuple[date, ...]


def plan_publicity(opens_at: datetime, rule: Publicity, timezone: str) -> Period:
    """Return the period that ends with the last of ``working_days`` full working days after the opening day.

    The opening day does not count, whatever the hour. Chinese public holidays are not working days;
    week-end days shifted into work are. Raises NotYet where the calendar of a year or country is not known:
    a guess could cut an objector's time short.
    """
    zone = ZoneInfo(timezone)
    day = opens_at.astimezone(zone).date()
    days: list[date] = []
    is_workday = _calendar_of(rule.country)
    while len(days) < rule.working_days:
        day += timedelta(days=1)
        if is_workday(day):
            days.append(day)
    closes_at = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return Period(opens_at, closes_at, tuple(days))


def _calendar_of(country: str) -> Callable[[date], bool]:
    if country != "CN":
        raise NotYet(
            f"尚无“{country}”的工作日历，不能确定公示期。",
            f"There is no working-day calendar for {country!r} yet, so the period cannot be fixed.",
            country=country,
        )
    return _is_chinese_workday


def _is_chinese_workday(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise NotYet(
            f"{day.year}年的节假日安排尚未收录，不能确定公示期；请更新日历库后再办理。",
            f"The public holidays of {day.year} are not known yet, so the period cannot be fixed; "
            "update the calendar library and try again.",
            year=day.year,
        ) from None
