"""When is a clock due, on which day does something lie, when does a period close? Walked day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from contracts import Calendar, Organisation

DAY = timedelta(days=1)


def deadline(start: datetime, hours: float, calendar: Calendar | None) -> datetime:
    """So many open hours after `start`; without a calendar every hour is open."""
    left = timedelta(hours=hours)
    if calendar is None:
        return start + left
    day = start.astimezone(ZoneInfo(calendar.zone)).date() - DAY  # whose last span may run past midnight
    while True:
        for opens, closes in _spans(day, calendar):
            begin = max(opens, start)
            if begin < closes:
                if left <= closes - begin:
                    return begin + left
                left -= closes - begin
        day += DAY


def _spans(day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    if day in calendar.holidays:
        return []
    hours = calendar.hours.get(day.strftime("%A").lower(), ())  # type: ignore[call-overload]
    return [
        (
            _instant(day, opens, calendar.zone),
            _instant(day if opens < closes else day + DAY, closes, calendar.zone),
        )
        for opens, closes in hours
    ]


def _instant(day: date, clock: str, zone: str) -> datetime:
    if clock == "24:00":
        return midnight(day + DAY, zone)
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    """The day on which an instant lies in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=100_000)
def closing_instant(day_after: date, closing_business_day: int, zone: str) -> datetime:
    """The end of the n-th business day (Monday to Friday) from `day_after`, the first day behind the period, on."""
    day, left = day_after, closing_business_day
    while True:
        left -= day.weekday() < 5
        if not left:
            return midnight(day + DAY, zone)
        day += DAY


def first_day(day: date, grain: str, organisation: Organisation) -> date:
    """First day of the week, month or quarter in which a day lies."""
    if grain == "week":
        names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        return day - timedelta(days=(day.weekday() - names.index(organisation.week_starts_on)) % 7)
    if grain == "month":
        return day.replace(day=1)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def next_first_day(day: date, grain: str) -> date:
    """First day of the period behind the one that starts on `day`."""
    if grain == "week":
        return day + timedelta(days=7)
    months = day.year * 12 + day.month - 1 + (1 if grain == "month" else 3)
    return date(months // 12, months % 12 + 1, 1)
