"""Where do the two differ? A drafted company is told to the house and to the oracle; differing rows come out."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from contracts import load_catalogue
from tests.oracle.companies import Draft, told
from tests.oracle.company import Company
from tests.oracle.events import in_order, read_files
from tests.oracle.lives import Life
from tests.oracle.scorecard import Key, Row, Scorecard

SOURCES = """
[crm]
kind = "events"
path = "events/crm.csv"
zone = "Europe/Berlin"

[desk]
kind = "events"
path = "events/desk.csv"
zone = "Europe/Berlin"
decisions = "trusted"
"""
CLOSE = 1e-9
NARROWING_RUNS = 10

Difference = tuple[Key, Row | None, Row | None]


def run(house: Any, rows: list[dict[str, Any]], as_of: datetime) -> None:
    """Forget what the house knew, tell it these events, and let it run once."""
    shutil.rmtree(house.settings.home, ignore_errors=True)
    shutil.rmtree(house.project / "events", ignore_errors=True)
    told = [{"id": f"e{number}", **row} for number, row in enumerate(rows)]
    for source in ("crm", "desk"):
        house.write_events(f"events/{source}.csv", [row for row in told if row["source"] == source])
    house.run(as_of)
    waiting = house.rows("SELECT * FROM quarantine LIMIT 3")
    assert not waiting, waiting


def differences(house: Any, draft: Draft) -> list[Difference]:
    """Every row on which the two disagree about a drafted company."""
    run(house, told(draft), draft.as_of)
    return differing(expected_rows(house.project, draft.as_of), published(house))


def narrowed(house: Any, draft: Draft, found: list[Difference]) -> tuple[Draft, list[Difference]]:
    """Fewer lives that still differ, and how: of the handoffs that do, then without a half, a quarter and so on."""
    handoffs = {key.handoff for key, _, _ in found}
    of_these = tuple(life for life in draft.lives if Life(life).handoff in handoffs)
    trials: Iterator[tuple[int, ...]] = chain([of_these], _without_a_part(draft.lives))
    for _ in range(NARROWING_RUNS):
        lives = next(trials, None)
        if lives and (still := differences(house, replace(draft, lives=lives))):
            draft, found = replace(draft, lives=lives), still
            trials = _without_a_part(lives)
    return draft, found


def _without_a_part(lives: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    size = len(lives) // 2
    while size:
        for start in range(0, len(lives), size):
            yield lives[:start] + lives[start + size :]
        size //= 2


def differing(expected: dict[Key, Row], found: dict[Key, Row]) -> list[Difference]:
    """(row, what the oracle says, what was published) of every row on which they disagree."""
    return [
        (key, expected.get(key), found.get(key))
        for key in sorted(expected.keys() | found.keys(), key=str)
        if not _agree(expected.get(key), found.get(key))
    ]


def expected_rows(project: Path, as_of: datetime) -> dict[Key, Row]:
    """The oracle's scorecard."""
    catalogue = load_catalogue(project)
    rows = read_files((project / "events").glob("*.csv"))
    events = in_order(rows, catalogue.organisation.zone)
    return Scorecard(Company(catalogue, events, as_of, trusted=["desk"])).rows()


def published(house: Any) -> dict[Key, Row]:
    """The house's scorecard."""
    columns = ", ".join((*Key._fields, *Row.__dataclass_fields__))
    rows = house.rows(f"SELECT {columns} FROM handoff_scorecard")
    width = len(Key._fields)
    found = {Key(*row[:width]): Row(*row[width:]) for row in rows}
    assert len(found) == len(rows)
    return found


def _agree(expected: Row | None, found: Row | None) -> bool:
    if expected is None or found is None:
        return False
    return all(
        _same(getattr(expected, name), getattr(found, name), name in ("value", "low", "high", "coverage"))
        for name in Row.__dataclass_fields__
    )


def _same(one: Any, other: Any, is_measured: bool) -> bool:
    if not is_measured or one is None or other is None:
        return bool(one == other)
    return bool(abs(one - other) <= CLOSE * max(1, abs(one)))


def report(draft: Draft, found: list[Difference]) -> str:
    """How many per metric and kind of dimension, and the first of each metric."""
    counts = Counter((key.metric, key.breakdown, key.grain) for key, _, _ in found)
    first: dict[tuple[str, str], Difference] = {}
    for difference in found:
        first.setdefault((difference[0].metric, difference[0].breakdown), difference)
    lines = [f"{count:6} {' '.join(kind)}" for kind, count in counts.most_common(40)]
    for key, expected, published_ in first.values():
        lines += [str(tuple(key)), f"   oracle    {expected}", f"   published {published_}"]
    return "\n".join([f"{len(found)} rows differ as of {draft.as_of}", *lines])
