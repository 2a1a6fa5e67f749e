"""When is a deadline, and which day is it there?

The simulator's own arithmetic, apart from the SQL that judges.

In: a calendar of organisation.yaml (opening hours per weekday in a zone, holidays) and a span of days. Out:
vectorised additions of business hours and conversions to local days. Elapsed hours where the calendar is the
built-in `always`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from contracts.vocabulary import WEEKDAYS
from flows.simulation.columns import DAY, HOUR, NEVER, Ints

if TYPE_CHECKING:
    from contracts import Calendar

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING: Ints = np.empty(0, dtype=np.int64)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an instant with a zone, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class LocalDays:
    """One zone's days over a span of years; offsets looked up per hour, so daylight saving is exact."""

    def __init__(self, zone: str, first: date, last: date) -> None:
        start = microseconds(datetime.combine(first, time(), UTC)) // HOUR
        stop = microseconds(datetime.combine(last, time(), UTC)) // HOUR
        tz = ZoneInfo(zone)
        self._start = start
        self._offsets = np.array(
            [
                microseconds(local.replace(tzinfo=UTC)) - hour * HOUR
                for hour in range(start, stop)
                for local in [datetime.fromtimestamp(hour * 3600, tz)]
            ],
            dtype=np.int64,
        )

    def _offset(self, instants: Ints) -> Ints:
        place = np.clip(instants // HOUR - self._start, 0, len(self._offsets) - 1)
        return self._offsets[place]

    def day(self, instants: Ints) -> Ints:
        """Days since 1970-01-01 on the local calendar."""
        return (instants + self._offset(instants)) // DAY

    def start_of(self, days: Ints) -> Ints:
        """The instant at which these local days begin."""
        guess = days * DAY - self._offset(days * DAY)
        return days * DAY - self._offset(guess)

    def end_of(self, instants: Ints) -> Ints:
        """The last microsecond of the local day that holds each instant."""
        return self.start_of(self.day(instants) + 1) - 1


class Clock:
    """Adds hours to instants, counting only the hours in which a calendar is open."""

    def __init__(self, calendar: Calendar | None, first: date, last: date) -> None:
        self._always = calendar is None
        self._opens, self._closes = _open_spans(calendar, first, last) if calendar else (_NOTHING, _NOTHING)
        self._worked = np.concatenate([[0], np.cumsum(self._closes - self._opens)])

    def add(self, instants: Ints, hours: float) -> Ints:
        """Where the clock stands after that many open hours; exactly at closing time counts as that day's
        closing.
        """
        amount = round(hours * HOUR)
        if self._always:
            return np.where(instants == NEVER, NEVER, instants + amount)
        span = np.searchsorted(self._closes, instants, side="right")
        span = np.minimum(span, len(self._opens) - 1)
        target = self._worked[span] + np.maximum(instants - self._opens[span], 0) + amount
        last = np.minimum(np.searchsorted(self._worked[1:], target, side="left"), len(self._opens) - 1)
        due = self._opens[last] + target - self._worked[last]
        return np.where(instants == NEVER, NEVER, due)


def _open_spans(calendar: Calendar, first: date, last: date) -> tuple[Ints, Ints]:
    zone, holidays = ZoneInfo(calendar.zone), frozenset(calendar.holidays)
    opens: list[int] = []
    closes: list[int] = []
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        if day in holidays:
            continue
        for begins, ends in calendar.hours.get(WEEKDAYS[day.weekday()], ()):
            opens.append(microseconds(_local(day, begins, zone)))
            until = day if begins < ends else day + timedelta(days=1)
            closes.append(microseconds(_local(until, ends, zone)))
    return np.array(opens, dtype=np.int64), np.array(closes, dtype=np.int64)


def _local(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, time.fromisoformat(text), zone)
