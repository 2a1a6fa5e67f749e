"""On which days is a country closed? The one door to the library `holidays`.

In: an ISO 3166 country and, if need be, one of its subdivisions. Out: day → names in English, over a span of years that
never depends on today, so that the same library always gives the same days. Imported only where such days are needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

FIRST_YEAR = 2010
LAST_YEAR = 2050
"""The years whose holidays are known here; open spans end five years after a run's "now". A country of which the
library knows fewer years (India: until 2035) has no holidays in the others."""

_BETWEEN_NAMES = "; "  # the library's, where two holidays fall on one day


@cache
def days(country: str, subdivision: str | None = None) -> Mapping[date, tuple[str, ...]]:
    """Every public holiday and its names, in order; `observed` ones are named so.

    KeyError if the library knows no such country or subdivision: ask `countries` and `subdivisions` first.
    """
    import holidays

    try:
        with warnings.catch_warnings():  # of years that are not known
            warnings.simplefilter("ignore")
            found = holidays.country_holidays(
                country, subdivision, years=range(FIRST_YEAR, LAST_YEAR + 1), language="en_US"
            )
    except NotImplementedError as error:
        raise KeyError(str(error)) from error
    return MappingProxyType(
        {day: tuple(name.strip() for name in found[day].split(_BETWEEN_NAMES)) for day in sorted(found)}
    )


@cache
def countries() -> tuple[str, ...]:
    """The countries whose holidays are known, as two letters each."""
    from holidays import list_supported_countries

    return tuple(code for code in sorted(list_supported_countries()) if len(code) == 2)


@cache
def subdivisions(country: str) -> Mapping[str, str]:
    """What may be written for a subdivision of a country → its code; a code stands for itself."""
    from holidays import country_holidays

    known = country_holidays(country)
    codes = {code: code for code in known.subdivisions}
    return MappingProxyType({**known.subdivisions_aliases, **codes})
