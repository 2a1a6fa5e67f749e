"""Deadlines and hours in a calendar, 10,000 at a time, against a clock on the wall that is looked at every minute.

What is expected knows no spans and no instants of opening: for every minute of a year and a half it asks what the
clocks of the zone show, and adds up the minutes at which the calendar's hours say open.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import jinja2
import numpy as np
import pytest

from contracts import Calendar
from contracts.vocabulary import WEEKDAYS
from flows import calendars, warehouse

ROOT = Path(__file__).parents[2]
FIRST, LAST = date(2025, 11, 1), date(2027, 6, 30)
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
INTERVALS = 10_000

NIGHTS = dict.fromkeys(WEEKDAYS[:4], (("22:00", "06:00"),)) | {
    "friday": (("22:00", "00:00"),),
    "saturday": (("00:30", "05:00"), ("23:15", "04:45")),
    "sunday": (("06:00", "07:00"), ("23:00", "24:00")),
}
KNOWN = {
    "berlin_office": Calendar(
        zone="Europe/Berlin",
        hours=dict.fromkeys(WEEKDAYS[:5], (("09:00", "12:30"), ("13:15", "17:00"))),
        holidays={"country": "DE", "also": [date(2026, 12, 24)]},
    ),
    "berlin_nights": Calendar(
        zone="Europe/Berlin",
        hours=NIGHTS,
        holidays=[date(2026, 3, 28), date(2026, 5, 1), date(2026, 10, 24), date(2026, 12, 31)],
    ),
    "new_york": Calendar(
        zone="America/New_York",
        hours={
            "sunday": (("00:00", "24:00"),),
            "monday": (("08:30", "03:30"),),
            "thursday": (("12:00", "11:59"),),
        },
        holidays={"country": "US", "except": ["Columbus Day", "2026-11-26"]},
    ),
    "lord_howe": Calendar(  # its clocks change by half an hour
        zone="Australia/Lord_Howe",
        hours=dict.fromkeys(WEEKDAYS, (("02:00", "06:10"), ("20:00", "01:30"))),
        holidays={"country": "AU"},
    ),
    "kathmandu": Calendar(  # five hours and three quarters ahead
        zone="Asia/Kathmandu", hours={"tuesday": (("17:00", "05:45"),), "friday": (("09:45", "17:07"),)}
    ),
}
NAMES = (*KNOWN, "always")
REMARKABLE = (
    "2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00",
    "2026-10-03T15:30", "2026-04-03T00:00", "2026-05-01T00:00", "2026-12-24T12:00", "2026-12-31T23:00",
)  # fmt: skip
"""When clocks change in Berlin, New York and on Lord Howe Island (UTC), and holidays."""


def microseconds(instant):
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


BEGIN = microseconds(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)) + 2 * DAY
END = microseconds(datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)) - 2 * DAY


class Wall:
    """Open time in a calendar by looking at the clocks of its zone every minute."""

    def __init__(self, calendar):
        self.minutes = np.arange(BEGIN, END, MINUTE)
        shown = self.minutes + self._offsets(ZoneInfo(calendar.zone))
        self.is_open = self._says_open(calendar, shown // DAY, shown % DAY // MINUTE)
        self.open_before = np.concatenate([[0], np.cumsum(self.is_open * MINUTE)])

    def _offsets(self, zone):
        """How far the zone's clocks are ahead of UTC; no zone changes within a quarter of an hour."""
        quarters = self.minutes[::15] // 1_000_000
        offsets = [
            (datetime.fromtimestamp(int(at), zone).utcoffset() or timedelta()) // timedelta(microseconds=1)
            for at in quarters
        ]
        return np.repeat(offsets, 15)[: len(self.minutes)]

    @staticmethod
    def _says_open(calendar, days, minutes):
        is_open = np.zeros(len(days), dtype=bool)
        for weekday, spans in calendar.hours.items():
            for opens, closes in (tuple(map(minute_of_day, span)) for span in spans):
                last = closes if opens < closes else 24 * 60
                is_open |= begins_on(calendar, weekday, days) & (opens <= minutes) & (minutes < last)
                if closes < opens:
                    is_open |= begins_on(calendar, weekday, days - 1) & (minutes < closes)
        return is_open

    def open_until(self, instants):
        minute = (instants - BEGIN) // MINUTE
        return self.open_before[minute] + self.is_open[minute] * (instants % MINUTE)

    def hours(self, starts, ends):
        return (self.open_until(ends) - self.open_until(starts)) / HOUR

    def due(self, starts, allowed):
        """The first instant by which so much was open since the start."""
        reached = self.open_until(starts) + allowed
        minute = np.searchsorted(self.open_before, reached, side="left") - 1
        return self.minutes[minute] + reached - self.open_before[minute]


def minute_of_day(clock):
    return int(clock[:2]) * 60 + int(clock[3:])


def begins_on(calendar, weekday, days):
    """Which of these local days are that weekday and no holiday."""
    closed = [(day - date(1970, 1, 1)).days for day in calendar.holidays]
    return ((days + 3) % 7 == WEEKDAYS.index(weekday)) & ~np.isin(days, closed)


@pytest.fixture(scope="module")
def intervals():
    """Random intervals of 2026: at any microsecond, on the minute, around remarkable instants; some of no length."""
    random = np.random.default_rng(20260329)
    remarkable = np.array([microseconds(datetime.fromisoformat(f"{at}Z")) for at in REMARKABLE])
    year = microseconds(datetime(2026, 1, 1, tzinfo=UTC)), microseconds(datetime(2027, 1, 1, tzinfo=UTC))
    near = random.choice(remarkable, INTERVALS) + random.integers(-2 * DAY, 2 * DAY, INTERVALS)
    starts = np.where(random.random(INTERVALS) < 0.5, near, random.integers(*year, INTERVALS))
    lengths = random.exponential(5 * DAY, INTERVALS).astype(np.int64) * random.choice(
        [0, 1, 1, 1, 1, 1], INTERVALS
    )
    ends = starts + np.minimum(lengths, 60 * DAY)
    on_the_minute = random.random(INTERVALS) < 0.5
    return {
        "key": np.arange(INTERVALS),
        "calendar": random.choice(NAMES, INTERVALS),
        "starts_at": np.where(on_the_minute, starts // MINUTE * MINUTE, starts),
        "ends_at": np.where(on_the_minute, ends // MINUTE * MINUTE, ends),
        "hours": random.choice([0.25, 0.5, 1, 4, 7.25, 8, 24, 33.75], INTERVALS),
    }


@pytest.fixture(scope="module")
def answers(intervals):
    """A macro's call over all intervals in one query: what it says, by key."""
    macros = [ROOT / "dbt_project" / "macros" / name for name in ("deadlines.sql", "engine/local_time.sql")]
    text = "".join(path.read_text(encoding="utf-8") for path in macros)
    spans = [
        span
        for name, calendar in sorted(KNOWN.items())
        for span in calendars._accumulated(name, calendars._open_spans(calendar, FIRST, LAST))
    ]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA ops")
        warehouse.tell_calendars(connection, spans)
        columns = ", ".join(f"unnest(${name}) as {name}" for name in intervals)
        connection.execute(
            "CREATE TABLE intervals AS SELECT * REPLACE (make_timestamptz(starts_at) AS starts_at, "
            f"make_timestamptz(ends_at) AS ends_at) FROM (SELECT {columns})",
            {name: values.tolist() for name, values in intervals.items()},
        )

        def answers(call, value):
            query = jinja2.Template(text + "{{ " + call + " }}").render(source=lambda *names: ".".join(names))
            rows = connection.execute(f"SELECT {value} FROM ({query}) ORDER BY key").fetchall()
            return np.array([value for (value,) in rows])

        yield answers


@pytest.fixture(scope="module")
def walls():
    return {name: Wall(calendar) for name, calendar in KNOWN.items()}


def expected(intervals, walls, ask, always):
    """What every interval's wall answers; `always` is a calendar without a wall."""
    answer = always.copy()
    for name, wall in walls.items():
        mine = intervals["calendar"] == name
        answer[mine] = ask(wall, mine)
    return answer


def test_hours_in_a_calendar_are_what_the_clock_on_the_wall_counts(intervals, answers, walls):
    starts, ends = intervals["starts_at"], intervals["ends_at"]
    hours = expected(
        intervals, walls, lambda wall, mine: wall.hours(starts[mine], ends[mine]), (ends - starts) / HOUR
    )
    told = answers("hours_in_calendar('intervals', 'key', 'starts_at', 'ends_at', 'calendar')", "hours")
    assert [intervals["key"][told != hours].tolist(), len(told)] == [[], INTERVALS]
    assert (hours[starts == ends] == 0).all()
    assert all((hours[intervals["calendar"] == name] > 0).sum() > 500 for name in NAMES)


def test_deadlines_are_when_the_clock_on_the_wall_has_counted_enough(intervals, answers, walls):
    starts, allowed = intervals["starts_at"], (intervals["hours"] * HOUR).astype(np.int64)
    due = expected(
        intervals, walls, lambda wall, mine: wall.due(starts[mine], allowed[mine]), starts + allowed
    )
    told = answers("deadlines('intervals', 'key', 'starts_at', 'hours', 'calendar')", "epoch_us(due_at)")
    assert [intervals["key"][told != due].tolist(), len(told)] == [[], INTERVALS]


def test_an_interval_that_runs_backwards_has_no_hours(intervals, answers):
    told = answers("hours_in_calendar('intervals', 'key', 'ends_at', 'starts_at', 'calendar')", "hours")
    backwards = intervals["ends_at"] > intervals["starts_at"]
    assert [value is None for value in told] == backwards.tolist()
    assert set(told[~backwards]) == {0}
