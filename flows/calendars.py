"""When is a calendar open? Calendars of organisation.yaml in, their open spans as UTC instants out.

Every SLA runs in open time. In a table of spans, each with the open time before it, both "how much open time until this
instant" and "at which instant is so much reached" are one look-up (macro `deadlines`). Local hours become instants day
by day, so that the two nights a year on which clocks change come out right. A span that runs past midnight belongs
to the day it opens on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts import Calendar, Catalogue
from contracts.calendars import runs_past_midnight
from contracts.public_holidays import FIRST_YEAR
from contracts.vocabulary import WEEKDAYS

FIRST_DAY = date(FIRST_YEAR, 1, 1)
YEARS_AHEAD = 5

Span = tuple[str, datetime, datetime, int]
"""calendar, opens_at, closes_at (UTC), open microseconds before it."""


def spans_of(catalogue: Catalogue, until: datetime) -> list[Span]:
    """The open spans of every calendar that a contract names, from 2010 to five years after `until`, in order."""
    named = {version.sla.calendar for contract in catalogue.contracts for version in contract.versions}
    calendars = catalogue.organisation.calendars
    last_day = until.date() + timedelta(days=366 * YEARS_AHEAD)
    return [
        span
        for name in sorted(named - {"always"})
        for span in _accumulated(name, _open_spans(calendars[name], FIRST_DAY, last_day))
    ]


def _accumulated(name: str, spans: Iterator[tuple[datetime, datetime]]) -> Iterator[Span]:
    before = timedelta()
    for opens_at, closes_at in spans:
        yield name, opens_at, closes_at, before // timedelta(microseconds=1)
        before += closes_at - opens_at


def _open_spans(calendar: Calendar, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Each day's hours as instants; hours that exist twice or not at all on a night of clock change included."""
    zone = ZoneInfo(calendar.zone)
    holidays = frozenset(calendar.holidays)
    day = first
    while day <= last:
        if day not in holidays:
            for opens, closes in calendar.hours.get(WEEKDAYS[day.weekday()], ()):
                closing_day = day + timedelta(days=runs_past_midnight((opens, closes)))
                opens_at, closes_at = _instant(day, opens, zone), _instant(closing_day, closes, zone)
                if opens_at < closes_at:  # false for hours that a change of clocks skips
                    yield opens_at, closes_at
        day += timedelta(days=1)


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """`HH:MM` of a local day as an instant; 24:00 is the next day's midnight, a skipped minute the end of the gap."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    wall = datetime.combine(day, time.fromisoformat(clock))
    if (instant := _instant_of(wall, zone)) is not None:
        return instant
    before = wall
    while (shown := _instant_of(before, zone)) is None:
        before -= timedelta(minutes=1)
    return shown + timedelta(minutes=1)


def _instant_of(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant at which the clocks of a zone show `wall`; None if they skip it."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == wall else None
