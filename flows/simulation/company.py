"""What is the simulated company made of? Everything the blocks share, read from the loaded contracts.

In: the catalogue, the period and the size. Out: a `Company`: one `Seam` per active contract with its
versions, clocks, teams and field words, the people, and the shared word lists. Read-only while blocks are
written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from contracts.errors import ConfigurationError
from flows.simulation.behaviour import Behaviour, Churn
from flows.simulation.calendars import Clock, LocalDays, microseconds
from flows.simulation.columns import Ints
from flows.simulation.people import People, hire
from flows.simulation.story import behaviour_of
from flows.simulation.vocabulary import DayWords, FieldWords, Words, field_words

if TYPE_CHECKING:
    from contracts import Catalogue, Contract, ContractVersion, Organisation

HISTORY_DAYS = 900  # accounts are this much older than the period, so that renewals happen from its first day
REASONS = ("missing_field", "wrong_value", "unqualified", "wrong_receiver", "duplicate", "capacity", "other")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class SeamVersion:
    """One contract version as the simulator needs it; days are local days since 1970."""

    contract: ContractVersion
    first_day: int
    clock: Clock
    words: tuple[FieldWords, ...]  # per field
    field_codes: Ints
    condition: Ints  # per field: place of the field it depends on, or -1


@dataclass(frozen=True)
class Seam:
    """One handoff: its place among all, its behaviour and its versions, oldest first."""

    place: int
    contract: Contract
    behaviour: Behaviour
    versions: tuple[SeamVersion, ...]

    def version_on(self, days: Ints) -> Ints:
        """Place of the version in force on local days; before the first version, the first."""
        starts = np.array([version.first_day for version in self.versions])
        return np.maximum(np.searchsorted(starts, days, side="right") - 1, 0)

    @property
    def current(self) -> ContractVersion:
        """The newest version."""
        return self.versions[-1].contract


@dataclass(frozen=True)
class Company:
    """The shared, fixed part of the simulation; `start` and `until` are UTC microseconds."""

    seams: tuple[Seam, ...]
    people: People
    days: LocalDays
    day_words: DayWords
    values: Words
    fields: Words
    teams: Words
    details: Words
    amounts: dict[str, Ints]  # codes of amounts per segment
    segments: tuple[str, ...]
    churn: Churn
    start: int
    until: int

    def team(self, name: str) -> int:
        """The code of a team."""
        return self.teams.code(name)


def found(catalogue: Catalogue, packets: int, months: int, until: datetime, churn: Churn) -> Company:
    """The company as of its first day. Raises ConfigurationError when there is nothing to simulate."""
    contracts = [contract for contract in catalogue.contracts if contract.status == "active"]
    if not contracts:
        raise ConfigurationError(
            "simulate: no active contract in contracts/; set `status: active` in at least one"
        )
    until = until.astimezone(UTC)
    first, last = (
        until.date() - timedelta(days=31 * months + HISTORY_DAYS + 400),
        until.date() + timedelta(days=500),
    )
    values, fields, teams = Words(), Words(), Words()
    day_words = DayWords(values, first, last)
    seams = tuple(
        _seam(place, contract, catalogue.organisation, values, fields, until, (first, last))
        for place, contract in enumerate(contracts)
    )
    names = sorted({side for seam in seams for side in _teams_of(seam)})
    for name in names:
        teams.code(name)
    segments = _names(catalogue.organisation.segments) or ("small", "mid_market", "enterprise")
    return Company(
        seams=seams,
        people=hire(names, packets),
        days=LocalDays(catalogue.organisation.zone, first, last),
        day_words=day_words,
        values=values,
        fields=fields,
        teams=teams,
        details=Words(),
        amounts={name: values.codes(_amounts(place)) for place, name in enumerate(segments)},
        segments=segments,
        churn=churn,
        start=microseconds(_months_before(until, months)),
        until=microseconds(until),
    )


def _seam(
    place: int,
    contract: Contract,
    organisation: Organisation,
    values: Words,
    fields: Words,
    until: datetime,
    span: tuple[date, date],
) -> Seam:
    days = tuple((until.date() + timedelta(days=n * 9)).isoformat() for n in range(-12, 24))
    versions = []
    for version in contract.versions:
        named = None if version.sla.calendar == "always" else organisation.calendars[version.sla.calendar]
        names = [each.name for each in version.fields]
        versions.append(
            SeamVersion(
                contract=version,
                first_day=(version.effective_from - _EPOCH).days,
                clock=Clock(named, *span),
                words=tuple(
                    field_words(values, each, organisation.placeholders, days) for each in version.fields
                ),
                field_codes=fields.codes(names),
                condition=np.array(
                    [
                        names.index(each.required_when) if each.required_when else -1
                        for each in version.fields
                    ],
                    dtype=np.int64,
                ),
            )
        )
    return Seam(place, contract, behaviour_of(contract.id), tuple(versions))


def _teams_of(seam: Seam) -> list[str]:
    sides = [
        side for version in seam.versions for side in (version.contract.sender, version.contract.receiver)
    ]
    return [side.team for side in sides]


def _names(segments: object) -> tuple[str, ...]:
    """Segment names, whether organisation.yaml lists names or describes each under its name."""
    if isinstance(segments, dict):
        return tuple(str(name) for name in segments)
    if isinstance(segments, (list, tuple)):
        return tuple(str(getattr(segment, "name", segment)) for segment in segments)
    return ()


def _amounts(segment: int) -> list[str]:
    """Yearly amounts of a segment, 5 x larger from one to the next."""
    base = 3_000 * 5**segment
    return [str(round(base * 1.06**n, -2)).split(".")[0] for n in range(40)]


def _months_before(until: datetime, months: int) -> datetime:
    years, month = divmod(until.year * 12 + until.month - 1 - months, 12)
    return until.replace(year=years, month=month + 1, day=min(until.day, 28))
