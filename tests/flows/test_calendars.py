"""Open time over weekends, holidays and nights on which clocks change, and the deadlines counted in it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import jinja2
import pytest

from contracts import Calendar, load_catalogue
from contracts.vocabulary import WEEKDAYS
from flows import calendars, warehouse

ROOT = Path(__file__).parents[2]
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
OFFICE = Calendar(
    zone=BERLIN,
    hours=dict.fromkeys(WEEKDAYS[:5], (("09:00", "12:30"), ("13:00", "17:00"))),
    holidays=(date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25)),
)
NIGHTS = Calendar(zone=BERLIN, hours=dict.fromkeys(WEEKDAYS, (("00:00", "06:00"), ("22:00", "24:00"))))
DAY_AND_NIGHT = Calendar(zone=BERLIN, hours=dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),)))
ABROAD = Calendar(zone=NEW_YORK, hours={"sunday": (("00:00", "24:00"),), "monday": (("08:30", "17:00"),)})
NIGHT_SHIFT = Calendar(
    zone=BERLIN, hours=dict.fromkeys(WEEKDAYS[:5], (("22:00", "06:00"),)), holidays=(date(2026, 5, 1),)
)
KNOWN = {"office": OFFICE, "nights": NIGHTS, "day_and_night": DAY_AND_NIGHT, "abroad": ABROAD}

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # in Berlin


def spans_on(calendar, day):
    """Opening and closing instants of a day."""
    return list(calendars._open_spans(calendar, day, day))


def hours_on(calendar, day):
    return sum(((closes - opens) for opens, closes in spans_on(calendar, day)), timedelta()) / timedelta(
        hours=1
    )


def test_hours_are_the_calendars_own():
    opens, closes = spans_on(OFFICE, date(2026, 7, 1))[0]
    assert (opens, closes) == (
        datetime(2026, 7, 1, 7, 0, tzinfo=UTC),
        datetime(2026, 7, 1, 10, 30, tzinfo=UTC),
    )
    assert spans_on(OFFICE, date(2026, 1, 7))[0][0] == datetime(2026, 1, 7, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 4), date(2026, 12, 25)])
def test_holidays_and_days_without_hours_are_closed(day):
    assert spans_on(OFFICE, day) == []


def test_midnight_at_the_end_of_a_day_is_the_next_days_first_moment():
    assert spans_on(DAY_AND_NIGHT, date(2026, 12, 31)) == [
        (datetime(2026, 12, 30, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))
    ]


def test_the_day_clocks_go_forward_has_23_hours_and_the_day_they_go_back_25():
    assert [hours_on(DAY_AND_NIGHT, day) for day in (SPRING, AUTUMN, date(2026, 7, 1))] == [23, 25, 24]
    assert [hours_on(NIGHTS, day) for day in (SPRING, AUTUMN)] == [5 + 2, 7 + 2]
    assert [hours_on(ABROAD, day) for day in (date(2026, 3, 8), date(2026, 11, 1))] == [23, 25]


def test_a_span_that_runs_past_midnight_ends_on_the_next_day():
    friday = date(2026, 7, 3)
    opens, closes = datetime(2026, 7, 3, 20, tzinfo=UTC), datetime(2026, 7, 4, 4, tzinfo=UTC)
    assert spans_on(NIGHT_SHIFT, friday) == [(opens, closes)]
    assert spans_on(NIGHT_SHIFT, date(2026, 7, 4)) == []  # a Saturday


def test_a_holiday_closes_the_span_that_opens_on_it_and_not_the_one_that_ends_on_it():
    labour_day = date(2026, 5, 1)
    assert labour_day in NIGHT_SHIFT.holidays
    assert spans_on(NIGHT_SHIFT, labour_day) == []
    (span,) = spans_on(NIGHT_SHIFT, date(2026, 4, 30))
    assert span[1] == datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_a_night_shift_on_the_night_of_clock_change_is_an_hour_shorter_or_longer():
    saturdays = Calendar(zone=BERLIN, hours={"saturday": (("22:00", "06:00"),)})
    nights = [SPRING - timedelta(days=1), AUTUMN - timedelta(days=1), date(2026, 7, 4)]
    assert [hours_on(saturdays, night) for night in nights] == [7, 9, 8]


def test_a_closing_or_opening_time_that_comes_twice_is_meant_the_first_time():
    before, after = (("00:00", "02:30"),), (("02:30", "06:00"),)
    assert [
        hours_on(Calendar(zone=BERLIN, hours={"sunday": spans}), AUTUMN) for spans in (before, after)
    ] == [2.5, 4.5]


def test_midnight_may_be_written_as_the_end_of_a_day_or_the_start_of_the_next():
    late = [Calendar(zone=BERLIN, hours={"monday": (("18:00", end),)}) for end in ("24:00", "00:00")]
    assert spans_on(late[0], date(2026, 7, 6)) == spans_on(late[1], date(2026, 7, 6)) != []


def test_hours_that_the_change_of_clocks_skips_are_no_span():
    assert spans_on(Calendar(zone=BERLIN, hours={"sunday": (("02:00", "03:00"),)}), SPRING) == []


def test_spans_are_those_of_the_calendars_that_contracts_name_in_order():
    catalogue, until = load_catalogue(ROOT), datetime(2026, 7, 1, tzinfo=UTC)
    spans = calendars.spans_of(catalogue, until)
    named = {version.sla.calendar for contract in catalogue.contracts for version in contract.versions}
    assert {name for name, *_ in spans} == named - {"always"}
    assert spans == sorted(spans)
    assert max(closes for _, _, closes, _ in spans) > datetime(2031, 6, 30, tzinfo=UTC)


def test_open_time_before_a_span_is_what_the_earlier_ones_add_up_to():
    until = datetime(2026, 7, 1, tzinfo=UTC)
    reached: dict[str, int] = {}
    for name, opens, closes, before in calendars.spans_of(load_catalogue(ROOT), until):
        assert before == reached.get(name, 0)
        reached[name] = before + (closes - opens) // timedelta(microseconds=1)


def minute_by_minute(calendar, starts_at, minutes):
    """The deadline by looking at a clock on the wall every minute: another way to the same instant."""
    zone, now, left = ZoneInfo(calendar.zone), starts_at, minutes
    while left:
        local = now.astimezone(zone)
        spans = calendar.hours.get(WEEKDAYS[local.weekday()], ())
        is_open = any(opens <= f"{local:%H:%M}" < closes for opens, closes in spans)
        left -= is_open and local.date() not in calendar.holidays
        now += timedelta(minutes=1)
    return now


@pytest.fixture(scope="module")
def macros():
    """The macros of open time, as the models use them, over the spans of every known calendar: a call in, rows out."""
    texts = [(ROOT / "dbt_project" / "macros" / name).read_text(encoding="utf-8") for name in MACROS]
    first, last = date(2026, 3, 1), date(2026, 12, 31)
    spans = [
        span
        for name, calendar in sorted(KNOWN.items())
        for span in calendars._accumulated(name, calendars._open_spans(calendar, first, last))
    ]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE SCHEMA ops")
        warehouse.tell_calendars(connection, spans)

        def rows(relation, call):
            """The rows of a macro's call over `given`, a table of these rows: tuples of (name, type, value)."""
            columns = ", ".join(f"unnest(${name}::{kind}[]) as {name}" for name, kind in COLUMNS.items())
            given = {name: [row.get(name) for row in relation] for name in COLUMNS}
            connection.execute(f"CREATE OR REPLACE TABLE given AS SELECT {columns}", given)
            template = jinja2.Template("".join(texts) + "{{ " + call + " }}")
            return connection.execute(template.render(source=lambda *names: ".".join(names))).fetchall()

        yield rows


MACROS = ("deadlines.sql", "engine/local_time.sql")
COLUMNS = {
    "packet_key": "INTEGER", "calendar": "VARCHAR", "starts_at": "TIMESTAMPTZ", "ends_at": "TIMESTAMPTZ",
    "hours": "DOUBLE",
}  # fmt: skip


@pytest.fixture(scope="module")
def deadline(macros):
    """The macro `deadlines`: calendar, start and hours → due instant."""

    def deadline(calendar, starts_at, hours):
        row = {"packet_key": 1, "calendar": calendar, "starts_at": starts_at, "hours": hours}
        ((key, due_at),) = macros([row], "deadlines('given', 'packet_key', 'starts_at', 'hours', 'calendar')")
        assert key == 1
        return due_at

    return deadline


@pytest.fixture(scope="module")
def open_hours(macros):
    """The macro `hours_in_calendar`: calendar, start and end → hours."""

    def open_hours(calendar, starts_at, ends_at):
        row = {"packet_key": 1, "calendar": calendar, "starts_at": starts_at, "ends_at": ends_at}
        call = "hours_in_calendar('given', 'packet_key', 'starts_at', 'ends_at', 'calendar')"
        ((key, hours),) = macros([row], call)
        assert key == 1
        return hours

    return open_hours


STARTS = {
    "before the clocks go forward": datetime(2026, 3, 28, 22, 17, tzinfo=UTC),
    "in the hour that is skipped": datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    "before Easter": datetime(2026, 4, 2, 14, 59, tzinfo=UTC),
    "in a lunch break": datetime(2026, 7, 1, 10, 45, tzinfo=UTC),
    "when it opens": datetime(2026, 7, 1, 7, 0, tzinfo=UTC),
    "when it closes": datetime(2026, 7, 1, 15, 0, tzinfo=UTC),
    "on a weekend": datetime(2026, 7, 4, 12, 0, tzinfo=UTC),
    "before the clocks go back": datetime(2026, 10, 24, 21, 30, tzinfo=UTC),
    "in the hour that comes twice": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
}


@pytest.mark.parametrize("starts_at", STARTS.values(), ids=list(STARTS))
@pytest.mark.parametrize("calendar", KNOWN)
def test_a_deadline_is_what_a_clock_on_the_wall_says(deadline, calendar, starts_at):
    for hours in (0.5, 4, 7.5, 24):
        due_at = minute_by_minute(KNOWN[calendar], starts_at, int(hours * 60))
        assert deadline(calendar, starts_at, hours) == due_at, hours


def test_a_deadline_at_closing_time_is_closing_time_and_not_the_next_morning(deadline):
    opens = datetime(2026, 7, 3, 7, 0, tzinfo=UTC)  # a Friday
    assert deadline("office", opens, 7.5) == datetime(2026, 7, 3, 15, 0, tzinfo=UTC)


def test_always_runs_day_and_night(deadline):
    starts_at = datetime(2026, 3, 28, 20, 0, 0, 123456, tzinfo=UTC)
    assert deadline("always", starts_at, 24.25) == starts_at + timedelta(hours=24.25)


def test_a_clock_that_starts_before_the_first_span_starts_with_it(deadline):
    assert deadline("office", datetime(2026, 2, 1, tzinfo=UTC), 1) == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_hours_between_two_instants_are_those_in_which_the_calendar_is_open(open_hours):
    thursday, tuesday = datetime(2026, 4, 2, 14, 0, tzinfo=UTC), datetime(2026, 4, 7, 8, 15, tzinfo=UTC)
    assert open_hours("office", thursday, tuesday) == 1 + 1.25  # Easter lies between
    assert open_hours("always", thursday, tuesday) == (tuesday - thursday) / timedelta(hours=1)


def test_the_night_on_which_clocks_go_forward_has_an_hour_less(open_hours):
    evening, morning = datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    assert open_hours("nights", evening, morning) == 2 + 5


@pytest.mark.parametrize("calendar", ["always", "office", "nights"])
def test_no_time_is_no_hours_and_time_that_runs_backwards_is_none(open_hours, calendar):
    opening, midday = datetime(2026, 7, 1, 7, 0, tzinfo=UTC), datetime(2026, 7, 1, 10, 45, tzinfo=UTC)
    assert [open_hours(calendar, instant, instant) for instant in (opening, midday)] == [0, 0]
    assert open_hours(calendar, midday, opening) is None
    assert open_hours(calendar, midday, None) is open_hours(calendar, None, midday) is None


def test_an_interval_while_it_is_closed_has_no_hours(open_hours):
    friday, monday = datetime(2026, 7, 3, 15, 0, tzinfo=UTC), datetime(2026, 7, 6, 7, 0, tzinfo=UTC)
    assert open_hours("office", friday, monday) == 0
    assert open_hours("office", datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 9, tzinfo=UTC)) == 0
