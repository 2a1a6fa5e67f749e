"""Which calendars are well formed and still wrong? A calendar in, `Problem`s out; checks.py asks.

Unknown countries and subdivisions, public holidays kept open that are none, and spans that run into the next day's.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from contracts import public_holidays
from contracts.calendars import Calendar, Holidays, is_named, plain_name, runs_past_midnight
from contracts.refusals import Problem, near
from contracts.vocabulary import WEEKDAYS
from contracts.yaml_reader import Place, quoted


def calendar_problems(place: Place, calendar: Calendar) -> Iterator[Problem]:
    """Everything wrong with the calendar at `place` that is not wrong within a single key."""
    yield from _holiday_problems((*place, "holidays"), calendar.closed)
    yield from _overlaps((*place, "hours"), calendar)


def _overlaps(place: Place, calendar: Calendar) -> Iterator[Problem]:
    """What a day's last span takes of the next day; within a day the type has seen to it."""
    for day, next_day in pairwise((*WEEKDAYS, WEEKDAYS[0])):
        spans, following = calendar.hours.get(day, ()), calendar.hours.get(next_day, ())
        if spans and following and runs_past_midnight(spans[-1]) and following[0][0] < spans[-1][1]:
            words = f"{'-'.join(spans[-1])} overlaps {next_day}, which opens at {following[0][0]}; close it by then"
            yield Problem((*place, day), words)


def _holiday_problems(place: Place, holidays: Holidays) -> Iterator[Problem]:
    country, subdivision = holidays.country, holidays.subdivision
    if country is None:
        if subdivision is not None:
            yield Problem((*place, "subdivision"), "of no country; write country: as well, as in country: DE")
        if holidays.kept_open:
            yield Problem(
                (*place, "except"), "no country's holidays to keep open; write country: or delete it"
            )
    elif country not in public_holidays.countries():
        yield Problem((*place, "country"), _unknown_country(country))
    elif subdivision is not None and subdivision not in public_holidays.subdivisions(country).values():
        yield Problem((*place, "subdivision"), _unknown_subdivision(country, subdivision))
    else:
        yield from _kept_open_in_vain((*place, "except"), holidays, country)


def _kept_open_in_vain(place: Place, holidays: Holidays, country: str) -> Iterator[Problem]:
    """A typing error in `except`, or a holiday that a newer library does not know, would close a day without a word."""
    public = public_holidays.days(country, holidays.subdivision)
    known = [(day, name) for day, names in public.items() for name in names]
    for position, entry in enumerate(holidays.kept_open):
        if not any(is_named(entry, day, name) for day, name in known):
            names = {plain_name(name): None for _, name in known}
            remedy = "delete it" if entry[:1].isdigit() else near(entry, names)
            years = f"{public_holidays.FIRST_YEAR} to {public_holidays.LAST_YEAR}"
            words = f"{quoted(entry)} is no public holiday there from {years}; {remedy}"
            yield Problem((*place, position), words)


def _unknown_country(country: str) -> str:
    known = public_holidays.countries()
    example = country.upper() if country.upper() in known else "DE"
    return f"{quoted(country)} is no country whose holidays are known; write its two ISO letters, as in {example}"


def _unknown_subdivision(country: str, subdivision: str) -> str:
    known = public_holidays.subdivisions(country)
    codes = [known[subdivision]] if subdivision in known else known.values()
    return f"{quoted(subdivision)} is no subdivision of {country} with holidays of its own; {near(subdivision, codes)}"
