"""Does the simulator's clock stop at night, on holidays and across daylight saving?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from contracts import Calendar
from flows.simulation.calendars import Clock, LocalDays, microseconds
from flows.simulation.columns import NEVER

OFFICE = Calendar(
    zone="Europe/Berlin",
    hours={"monday": (("09:00", "17:00"),), "tuesday": (("09:00", "12:00"), ("13:00", "17:00"))},
    holidays=(date(2026, 4, 6),),
)
SPAN = (date(2026, 1, 1), date(2026, 12, 31))


def at(text: str) -> np.ndarray:
    return np.array([microseconds(datetime.fromisoformat(text))])


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02T08:00:00+00:00", 2, "2026-03-02T10:00:00+00:00"),  # within a Monday
        ("2026-03-02T08:00:00+00:00", 8, "2026-03-02T16:00:00+00:00"),  # exactly closing time
        ("2026-03-02T15:00:00+00:00", 2, "2026-03-03T09:00:00+00:00"),  # over night
        ("2026-03-03T10:30:00+00:00", 1, "2026-03-03T12:30:00+00:00"),  # over lunch
        ("2026-03-28T12:00:00+00:00", 1, "2026-03-30T08:00:00+00:00"),  # after the clocks went forward
        ("2026-03-31T14:00:00+00:00", 2, "2026-04-07T08:00:00+00:00"),  # Easter Monday is closed
    ],
)
def test_business_hours_are_counted(start, hours, due):
    assert Clock(OFFICE, *SPAN).add(at(start), hours) == at(due)


def test_a_span_past_midnight_ends_on_the_next_day_and_a_holiday_closes_the_one_that_opens_on_it():
    nights = Calendar(
        zone="Europe/Berlin",
        hours=dict.fromkeys(("sunday", "monday", "tuesday"), (("22:00", "06:00"),)),
        holidays=(date(2026, 4, 6),),
    )
    due = Clock(nights, *SPAN).add(at("2026-04-05T21:00:00+00:00"), 8)
    assert due == at("2026-04-07T21:00:00+00:00")  # seven hours until Monday morning, then Tuesday's first


def test_always_means_elapsed_hours():
    assert Clock(None, *SPAN).add(at("2026-03-28T12:00:00+00:00"), 24) == at("2026-03-29T12:00:00+00:00")


def test_never_stays_never():
    assert Clock(OFFICE, *SPAN).add(np.array([NEVER]), 5) == NEVER


@pytest.mark.parametrize(
    ("moment", "day", "end"),
    [
        ("2026-03-28T23:30:00+00:00", date(2026, 3, 29), "2026-03-29T21:59:59.999999+00:00"),
        ("2026-10-25T12:00:00+00:00", date(2026, 10, 25), "2026-10-25T22:59:59.999999+00:00"),
        ("2026-06-30T22:00:00+00:00", date(2026, 7, 1), "2026-07-01T21:59:59.999999+00:00"),
    ],
)
def test_local_days_follow_daylight_saving(moment, day, end):
    days = LocalDays("Europe/Berlin", *SPAN)
    assert days.day(at(moment)) == (day - date(1970, 1, 1)).days
    assert days.end_of(at(moment)) == at(end)


def test_microseconds_are_exact():
    assert microseconds(datetime(2026, 7, 1, 0, 0, 0, 1, tzinfo=UTC)) % 10 == 1
