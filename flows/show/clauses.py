"""Which packets did a row of the scorecard count? One WHERE clause for n and one for the numerator.

In: the row and the organisation's zone. Out: conditions on one published table, for people to read and paste, with
literals; all of them together find exactly the packets that the row counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flows.show.drills import COUNTED, DRILLS, PACKETS
from flows.show.periods import days_of
from flows.show.row import Row


@dataclass(frozen=True)
class Clause:
    """What the row's n packets meet, all of it, and what those in its numerator (`hit`) meet besides.

    `placed_by` is the instant whose local day lies in the row's period.
    """

    table: str
    placed_by: str
    counted: tuple[str, ...]
    hit: tuple[str, ...]


def behind(row: Row, zone: str) -> Clause:
    """The packets behind a row; without a hit where it has no numerator, or that is withheld."""
    drill, seen_at = DRILLS[row.metric], instant(row.seen_at)
    where = [f"handoff = {text(row.handoff)}"]
    if row.dimension != "all":
        where.append(f"{row.dimension} = {text(row.dimension_value)}")
    if row.dimension == "receiver":  # until then it was nobody's
        where.append(f"receiver_known_at <= {seen_at}")
    if drill.table == PACKETS:  # handoff_accounts has no others
        where.append(COUNTED)
    hit = drill.hit if row.numerator is not None else ()
    names = {"seen_at": seen_at, "breakdown": text(row.breakdown)}
    placed_by, counted, hit = (_filled(part, names) for part in ((drill.placed_by,), drill.counted, hit))
    where += _in_period(placed_by[0], row, zone)
    return Clause(drill.table, placed_by[0], (*where, *counted), hit)


def _filled(conditions: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(condition.format(**names) for condition in conditions)


def instant(moment: datetime) -> str:
    """An instant as a literal that means the same in every session's zone."""
    return f"TIMESTAMPTZ '{moment.astimezone(UTC).isoformat(' ')}'"


def text(words: str) -> str:
    """People's text as a literal."""
    return "'" + words.replace("'", "''") + "'"


def _in_period(placed_by: str, row: Row, zone: str) -> list[str]:
    """That the local day of an instant lies in the row's period."""
    day = f"timezone({text(zone)}, {placed_by})::date"
    first, end = days_of(row.grain, row.period_start)
    if first is None:
        return [f"{placed_by} IS NOT NULL"]
    where = [f"{day} >= DATE '{first}'"]
    return [*where, f"{day} < DATE '{end}'"] if end else where
