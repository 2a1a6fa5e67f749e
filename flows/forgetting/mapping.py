"""What is a property to the contracts: something that figures hang on, or payload?

In: the compiled seeds. Out: a `Mapping`.
What stays is what acts, links and dimensions are told from: stages, owners, ids of other records, amounts, segments. It
says nothing about a person, and without it the packets themselves would change.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flows.settings import Settings

Property = tuple[str, str, str]
"""Source system, record type, property."""

OWNERS: Final = {"owner", "receiver"}
FIGURES: Final = {"amount", "currency", "motion", "segment", "reason"}
LINKS: Final = {"account_id", "record_id", "kind"}
ALWAYS: Final = {"deleted"}
PEOPLE: Final = {"contact", "lead", "user", "end-user"}
"""Record types that are about one person, in lower case."""


@dataclass(frozen=True)
class Mapping:
    """Which properties name an owner, which hold domains, and which else are needed as they are."""

    owners: frozenset[Property]
    domains: frozenset[Property]
    needed: frozenset[Property]
    freemail: frozenset[str]
    accounts: frozenset[tuple[str, str]]
    """Record types (source system, type) that are accounts."""
    packets: frozenset[tuple[str, str, str]]
    """Handoff, source system, record type: the records by which packets show."""

    def is_payload(self, source: str, object_: str, property_: str) -> bool:
        """Whether a property may be emptied."""
        where = (source, object_, property_)
        return where not in self.owners | self.needed and property_ not in ALWAYS


def read_mapping(settings: Settings) -> Mapping:
    """As the contracts were compiled."""
    seeds = settings.project / "dbt_project" / "seeds"
    acts, about = [*_rows(seeds / "event_map.csv")], [*_rows(seeds / "about_map.csv")]
    links, records = [*_rows(seeds / "link_map.csv")], [*_rows(seeds / "record_map.csv")]
    told = [row for row in acts if row["form"] == "value"]
    told += [row for row in about if row["about"] in FIGURES]
    told += [row for row in links if row["kind"] in LINKS]
    return Mapping(
        owners=frozenset(_property(row) for row in acts if row["form"] in OWNERS),
        domains=frozenset(_property(row) for row in links if row["kind"] == "domain"),
        needed=frozenset(map(_property, told)),
        freemail=frozenset(row["domain"] for row in _rows(seeds / "freemail_domains.csv")),
        accounts=frozenset((row["source_system"], row["object"]) for row in records if not row["handoff"]),
        packets=frozenset(
            (row["handoff"], row["source_system"], row["object"]) for row in records if row["handoff"]
        ),
    )


def _property(row: dict[str, str]) -> Property:
    return row["source_system"], row["object"], row["property"]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
