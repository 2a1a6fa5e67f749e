"""Which records does a HubSpot search find? Filters, one sort, and the end of paging at 10,000.

https://developers.hubspot.com/docs/guides/api/crm/search (limits: 5 groups, 6 filters each, 18 in all, 200 a page,
10,000 results a query)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.emulators.content import Record, place
from tests.emulators.hubspot.shapes import invalid, read_value
from tests.emulators.messages import Refused

PAGE, REACH = 200, 10_000
Comparable = tuple[int, float, str]


@dataclass(frozen=True)
class Filter:
    """A property, an operator and what it is compared with."""

    name: str
    operator: str
    value: str = ""
    high: str = ""
    values: tuple[str, ...] = ()

    def fits(self, record: Record) -> bool:
        """Whether the record passes. A record without a value passes only NOT_HAS_PROPERTY and the negations."""
        told = read_value(record, self.name)
        if told is None:
            return self.operator in ("NOT_HAS_PROPERTY", "NEQ", "NOT_IN")
        return _OPERATORS[self.operator](self, told)


@dataclass(frozen=True)
class Search:
    """A whole search; `groups` are alternatives, the filters of a group all hold."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: str | None
    descending: bool
    limit: int
    after: int
    properties: tuple[str, ...]

    def fits(self, record: Record) -> bool:
        """Whether the record is found."""
        return not self.groups or any(all(each.fits(record) for each in group) for group in self.groups)

    def key(self, record: Record) -> Any:
        """What the records are sorted by: creation unless something else was asked for; ties by id."""
        told = read_value(record, self.sort) if self.sort else None
        return (comparable(told) if self.sort else (0, record.created.timestamp(), ""), place(record.id))


def comparable(text: str | None) -> Comparable:
    """Numbers as numbers, times as milliseconds however they are written, anything else as text; nothing first."""
    if text is None:
        return (0, 0.0, "")
    try:
        return (1, float(text), "")
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return (2, 0.0, text.casefold())
    return (1, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000, "")


_OPERATORS: Mapping[str, Callable[[Filter, str], bool]] = {
    "EQ": lambda filter_, told: comparable(told) == comparable(filter_.value),
    "NEQ": lambda filter_, told: comparable(told) != comparable(filter_.value),
    "LT": lambda filter_, told: comparable(told) < comparable(filter_.value),
    "LTE": lambda filter_, told: comparable(told) <= comparable(filter_.value),
    "GT": lambda filter_, told: comparable(told) > comparable(filter_.value),
    "GTE": lambda filter_, told: comparable(told) >= comparable(filter_.value),
    "BETWEEN": lambda filter_, told: (
        comparable(filter_.value) <= comparable(told) <= comparable(filter_.high)
    ),
    "IN": lambda filter_, told: comparable(told) in map(comparable, filter_.values),
    "NOT_IN": lambda filter_, told: comparable(told) not in map(comparable, filter_.values),
    "HAS_PROPERTY": lambda filter_, told: True,
    "NOT_HAS_PROPERTY": lambda filter_, told: False,
}


def read_search(body: Any) -> Search:
    """The search a body asks for; Refused with 400 where HubSpot would not take it."""
    if not isinstance(body, dict):
        raise Refused(invalid("Invalid input JSON on line 1, column 1: unexpected end-of-input"))
    groups = tuple(
        tuple(_filter(each) for each in group.get("filters", ())) for group in body.get("filterGroups", ())
    )
    if len(groups) > 5 or any(len(group) > 6 for group in groups) or sum(map(len, groups)) > 18:
        raise Refused(
            invalid("Too many filters: at most 5 filterGroups of 6 filters each, 18 filters in all")
        )
    limit, after = int(body.get("limit") or 10), str(body.get("after") or "0")
    if not 0 < limit <= PAGE:
        raise Refused(invalid(f"Invalid limit: {limit}. It must be between 1 and {PAGE}"))
    if not after.isdigit():
        raise Refused(invalid(f"There was a problem with the request: after {after!r} is not a number"))
    if int(after) + limit > REACH:
        raise Refused(
            invalid(f"The search endpoints are limited to {REACH} total results for any given query")
        )
    sort, descending = _sort(body.get("sorts") or [])
    return Search(groups, sort, descending, limit, int(after), tuple(body.get("properties") or ()))


def _filter(body: Mapping[str, Any]) -> Filter:
    operator = str(body.get("operator"))
    if operator not in _OPERATORS:
        raise Refused(
            invalid(f"Invalid input JSON: operator {operator} is not one of {', '.join(_OPERATORS)}")
        )
    return Filter(
        str(body.get("propertyName")),
        operator,
        str(body.get("value", "")),
        str(body.get("highValue", "")),
        tuple(map(str, body.get("values") or ())),
    )


def _sort(sorts: list[Any]) -> tuple[str | None, bool]:
    """One rule, as an object or as text (`-name` for descending)."""
    if len(sorts) > 1:
        raise Refused(invalid("Only one sort can be specified"))
    if not sorts:
        return None, False
    if isinstance(sorts[0], str):
        return sorts[0].removeprefix("-"), sorts[0].startswith("-")
    return str(sorts[0].get("propertyName")), sorts[0].get("direction") == "DESCENDING"
