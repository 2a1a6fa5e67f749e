"""When does somebody work? A calendar: open spans per weekday in a zone, and the days on which nobody does.

In: a calendar of `organisation.yaml`. Out: `Calendar`, frozen. Clock times are texts `HH:MM` in the calendar's
zone, 00:00 to 24:00; a span's closing time is not part of it. A span that closes before it opens (`22:00-06:00`)
ends on the next day; it belongs to the weekday it opens on, and a holiday on that day closes all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic import Field as Key

from contracts import public_holidays
from contracts.model import Frozen, canonical, digest
from contracts.scalars import Day, Line, Zone, refused
from contracts.vocabulary import WEEKDAYS, Weekday
from contracts.yaml_reader import quoted

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Span = tuple[Clock, Clock]


def _span(value: Any) -> Any:
    """`09:00-17:30` as opening and closing time."""
    if not isinstance(value, str):
        return value
    opens, dash, closes = (part.strip() for part in value.partition("-"))
    if not dash or len(opens) != 5 or len(closes) != 5:
        raise refused(
            f"{quoted(value)} is not a span of hours; write opening and closing time, as in 09:00-17:30"
        )
    return (opens, closes)


def _spans(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def runs_past_midnight(span: Span) -> bool:
    """Whether a span closes on the day after the one it opens on."""
    opens, closes = span
    return closes < opens


def _in_order(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    for opens, closes in spans:
        if opens == closes or opens == "24:00":
            raise refused(
                f"{opens}-{closes} is no time at all; write two different times, as in 00:00-24:00 for a whole day"
            )
    for before, (opens, closes) in pairwise(spans):
        if opens < before[1] or runs_past_midnight(before):
            raise refused(
                f"{opens}-{closes} overlaps the span before it; write a day's spans in order, apart"
            )
    return spans


class Holidays(Frozen):
    """Days on which a calendar stays closed: a country's public holidays, days of one's own, or both."""

    country: Annotated[str, StringConstraints(max_length=60)] | None = Key(
        None, description="its two ISO 3166 letters, as in `country: DE`"
    )
    subdivision: Line | None = Key(None, description="its ISO 3166-2 code, as in `subdivision: BY`")
    also: Annotated[tuple[Day, ...], Key(max_length=2000)] = Key(
        (), description="days that are closed as well, as in `also: [2026-12-24]`"
    )
    kept_open: Annotated[tuple[Line, ...], Key(max_length=200)] = Key(
        (),
        alias="except",
        description="days or names of public holidays on which it opens, as in `except: [Columbus Day, 2026-10-03]`",
    )

    @cached_property
    def days(self) -> Mapping[date, str]:
        """Every closed day in order, a country's from 2010 to 2050, and why ("" for one's own days)."""
        closed = dict.fromkeys(self.also, "")
        for day, names in self._public.items():
            if reasons := [name for name in names if not self._is_kept_open(day, name)]:
                closed[day] = "; ".join(reasons)
        return dict(sorted(closed.items()))

    @property
    def _public(self) -> Mapping[date, tuple[str, ...]]:
        return public_holidays.days(self.country, self.subdivision) if self.country else {}

    def _is_kept_open(self, day: date, name: str) -> bool:
        return any(is_named(entry, day, name) for entry in self.kept_open)


def is_named(entry: str, day: date, name: str) -> bool:
    """Whether an entry of `except` means this public holiday: by date or name; a name means observed days, too."""
    return entry in (day.isoformat(), name, plain_name(name))


def plain_name(name: str) -> str:
    """A holiday's name without what the library adds to it, as in `Christmas Day (observed)`."""
    return name.partition(" (")[0]


def _listed(value: Any) -> Any:
    """A plain list is a list of one's own days."""
    return {"also": value} if isinstance(value, (list, tuple)) else value


class Calendar(Frozen):
    """When somebody works: open spans per weekday in a zone, and the days on which nobody does."""

    zone: Zone = Key(description="its IANA zone, as in `zone: Europe/Berlin`")
    hours: dict[
        Weekday,
        Annotated[
            tuple[Annotated[Span, BeforeValidator(_span)], ...],
            BeforeValidator(_spans),
            Key(min_length=1, max_length=12),
            AfterValidator(_in_order),
        ],
    ] = Key(min_length=1, description="open hours per weekday, as in `hours: {monday: 09:00-17:30}`")
    closed: Annotated[Holidays, BeforeValidator(_listed)] = Key(
        Holidays(),
        alias="holidays",
        description="days on which it stays closed, as in `holidays: {country: DE}` or `holidays: [2026-12-25]`",
    )

    @property
    def holidays(self) -> tuple[date, ...]:
        """Every day on which it stays closed, in order; a country's from 2010 to 2050."""
        return tuple(self.closed.days)

    @property
    def canonical_json(self) -> str:
        """Zone, hours and holidays as canonical JSON: what was promised of a country, and the days that makes.

        The library that knows a country's holidays may change its mind; what is recorded says what it said then.
        """
        content = self.model_dump(mode="json", by_alias=True)
        days = [day.isoformat() for day in self.holidays]
        promised = {
            key: sorted(value) if isinstance(value, list) else value
            for key, value in content["holidays"].items()
        }
        return canonical(content | {"holidays": promised | {"days": days} if self.closed.country else days})

    @property
    def digest(self) -> str:
        """SHA-256 of `canonical_json`: the same digest gives the same deadlines."""
        return digest(self.canonical_json)


ALWAYS = "always"
"""Name of the calendar that is never closed; built in."""


def always() -> Calendar:
    """The calendar that is never closed: its hours are elapsed hours."""
    return Calendar(zone="UTC", hours=dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),)))
