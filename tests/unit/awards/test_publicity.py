from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Publicity
from contracts.errors import NotYet
from services.awards.domain.publicity import plan_publicity

ZONE = "Asia/Shanghai"
FIVE = Publicity(5)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


def test_the_opening_day_does_not_count_and_week_ends_do_not():
    period = plan_publicity(shanghai("2025-09-08T10:00"), FIVE, ZONE)
    assert period.days == tuple(date(2025, 9, day) for day in (9, 10, 11, 12, 15))
    assert period.closes_at == shanghai("2025-09-16T00:00")


def test_national_day_is_skipped_and_the_shifted_sunday_counts():
    period = plan_publicity(shanghai("2025-09-26T15:00"), FIVE, ZONE)
    assert period.days == (
        date(2025, 9, 28),
        date(2025, 9, 29),
        date(2025, 9, 30),
        date(2025, 10, 9),
        date(2025, 10, 10),
    )
    assert date(2025, 9, 28).weekday() == 6


def test_the_day_is_the_contests_and_not_the_servers():
    late = datetime(2025, 9, 8, 17, 0, tzinfo=UTC)
    assert plan_publicity(late, FIVE, ZONE).days[0] == date(2025, 9, 10)


def test_a_year_whose_holidays_are_unknown_is_refused_and_not_guessed():
    with pytest.raises(NotYet) as refused:
        plan_publicity(shanghai("2099-12-01T10:00"), FIVE, ZONE)
    assert refused.value.facts["year"] == 2099 and "2099" in refused.value.zh


def test_a_country_without_calendar_is_refused():
    with pytest.raises(NotYet):
        plan_publicity(shanghai("2025-09-08T10:00"), Publicity(5, "XX"), ZONE)


MINUTES = st.integers(0, 5 * 365 * 24 * 60).map(
    lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)


@given(MINUTES, st.integers(1, 20))
def test_any_period_holds_exactly_the_working_days_between(opens_at, days):
    period = plan_publicity(opens_at, Publicity(days), ZONE)
    assert len(period.days) == days
    length = (period.days[-1] - period.days[0]).days + 1
    between = [period.days[0] + timedelta(days=offset) for offset in range(length)]
    assert tuple(day for day in between if chinese_calendar.is_workday(day)) == period.days
    assert period.closes_at > opens_at + timedelta(days=days)
