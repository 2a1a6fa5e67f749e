"""What does a source have to offer? Its properties, a sample of its newest records, its stages: for `discover`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from contracts.errors import NotAllowedError
from flows.settings import Source
from flows.sources.pulling import Pulling


@dataclass(frozen=True)
class Property:
    """A property of a type of record: its name, what people call it, its type there, whether it has a history."""

    name: str
    label: str
    type: str
    has_history: bool


@dataclass(frozen=True)
class Stage:
    """A value of a stage property: how people call it, how many records of the sample are in it, and ever were."""

    property: str
    value: str
    label: str
    now: int
    ever: int


@dataclass(frozen=True)
class Sample:
    """One type of record: `total` there are, `records` of them (property → text), and its stages."""

    object: str
    total: int
    properties: tuple[Property, ...]
    records: tuple[Mapping[str, str | None], ...]
    stages: tuple[Stage, ...] = ()
    owners: Mapping[str, int] = field(default_factory=dict)
    """Team → records of the sample that one of its people owns."""
    owner: str = ""
    """The property that says who owns a record; empty if the type has none."""


@dataclass(frozen=True)
class Skipped:
    """What could not be looked at: a type of record, or the people; `reason` names the missing scope or right."""

    object: str
    reason: str


Take: TypeAlias = Callable[[Source, Pulling, int], Iterator[Sample | Skipped]]
"""Reads so many of the newest records of each type, and writes nothing anywhere."""


def if_allowed(object_: str, take: Callable[[], Sample]) -> Sample | Skipped:
    """The sample of a type; one that a right is missing for is skipped, so that the others are still seen."""
    try:
        return take()
    except NotAllowedError as error:
        return Skipped(object_, str(error))


def as_text(value: Any) -> str | None:
    """A vendor's value as text; None where it says nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    return None if value in (None, "", {}) else str(value)
