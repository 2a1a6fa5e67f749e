"""How does the text of a contract become a value? One annotated type per kind of scalar, with its units and
limits.

The reader hands over texts; these types read them strictly (a number is a plain decimal, a flag is `true`
or `false`, a day is ISO 8601) and take Python values as they are, so that tests can build contracts in
code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic import Field as Key
from pydantic_core import PydanticCustomError

from contracts.yaml_reader import quoted


def refused(problem: str) -> PydanticCustomError:
    """A refusal whose text is already what to tell the person."""
    return PydanticCustomError("refused", "{problem}", {"problem": problem})


def _reads(pattern: str, read: Callable[[str], Any], words: str) -> BeforeValidator:
    """Read a text that has this form; anything else that is text is refused, naming what to write."""

    def convert(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not re.fullmatch(pattern, value, re.ASCII):
            raise refused(f"{quoted(value)} is not {words}")
        try:
            return read(value)
        except ValueError as error:
            raise refused(f"{quoted(value)} is not {words} ({error})") from error

    return BeforeValidator(convert)


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _trimmed_line(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise refused(
            f"{quoted(text)} has spaces around it, a line break or a control character; write one clean line"
        )
    return text


def _source(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[^.\s]+)\.\S+", text, re.ASCII):
        raise refused(
            f"{quoted(text)} is not a place in a source; write system, object and property, "
            "as in hubspot.deal.economic_buyer"
        )
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text, re.ASCII) or len(text) > 48:
        tidy = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:48].rstrip("_")
        example = f", as in {tidy}" if tidy and tidy[0].isalpha() else ""
        raise refused(
            f"{quoted(text)} is not a name; "
            f"write small letters, digits and _ (first a letter, at most 48){example}"
        )
    return text


def _field_name(text: str) -> str:
    if "__" in text:
        raise refused(
            f"{quoted(text)} is not a field's name: two _ in a row mark the columns made of a field; write one, "
            f"as in {re.sub('_+', '_', text)}"
        )
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, OSError, ValueError) as error:  # unknown; a folder of zones; a path
        raise refused(_zone_problem(text)) from error
    return text


def _zone_problem(text: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    near = get_close_matches(text, available_timezones(), 1)
    return f"{quoted(text)} is not an IANA zone; write one, as in {near[0] if near else 'Europe/Berlin'}"


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise refused(f"{value} is not a finite number; write a plain decimal")
    return value


Flag = Annotated[
    bool,
    _reads(
        "true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true", "a flag; write true or false"
    ),
]
"""Yes or no, written `true` or `false`; `yes`, `no`, `on` and `off` are texts and refused here."""

Day = Annotated[
    date,
    _reads(r"\d{4}-\d\d-\d\d", date.fromisoformat, "a date; write year, month and day, as in 2026-01-01"),
]
"""A day of the organisation's zone."""

Whole = Annotated[int, _reads(r"[+-]?\d{1,12}", int, "a whole number; write digits, as in 30")]

Decimal = Annotated[
    float,
    _reads(
        r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", float, "a number; write a plain decimal, as in 24 or 0.9"
    ),
    AfterValidator(_finite),
]
"""A plain decimal without exponent, unit or thousands separator."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_trimmed_line)]
"""One clean line of text for people."""

Prose = Annotated[str, StringConstraints(max_length=4000)]
"""Several sentences for people."""

Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(_name)]
"""`[a-z][a-z0-9_]*`, up to 48 characters: names of handoffs, fields, teams, roles and calendars."""

FieldName = Annotated[Name, AfterValidator(_field_name)]
"""A name without two underscores in a row: `f_<field>__given` must not be another field's column."""

Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
"""IANA name of a time zone, as in Europe/Berlin."""

Lines = Annotated[tuple[Line, ...], BeforeValidator(_one_or_many), Key(max_length=100)]
"""One text or a list of texts."""

Sources = Annotated[
    tuple[Annotated[Line, AfterValidator(_source)], ...], BeforeValidator(_one_or_many), Key(max_length=100)
]
"""Properties of source systems as `<system>.<object>.<property>`."""

Share = Annotated[Decimal, Key(ge=0, le=1)]
"""A share between 0 and 1."""
