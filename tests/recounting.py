"""Does every figure have its packets? Rows of a scorecard in; those whose printed clause counts otherwise out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.show import clauses
from flows.show.clauses import Clause
from flows.show.row import Row

AT_ONCE = 500  # conditions in one SELECT
Met = dict[tuple[str, str], int]
"""Table and condition → the packets that meet it, as the bits of a number: a clause is the AND of its bits."""


def rows_of(house: Any) -> list[Row]:
    """Every row of the scorecard that counts anything."""
    columns = [column for column in Row.__dataclass_fields__ if column != "name"]
    found = house.rows(f"SELECT '', {', '.join(columns)} FROM handoff_scorecard WHERE n > 0")
    return [Row(*row) for row in found]


def miscounted(house: Any, zone: str, rows: Sequence[Row]) -> list[tuple[Row, int, int | None]]:
    """(row, n and numerator that its clause finds) of those for which they are not the row's."""
    clauses_of = [clauses.behind(row, zone) for row in rows]
    met = _met(house, clauses_of)
    wrong = []
    for row, clause in zip(rows, clauses_of, strict=True):
        counted = _all_of(met, clause.table, clause.counted)
        hit = counted & _all_of(met, clause.table, clause.hit)
        found = (counted.bit_count(), hit.bit_count() if clause.hit else None)
        if found != (row.n, row.numerator):
            wrong.append((row, *found))
    return wrong


def _all_of(met: Met, table: str, conditions: Sequence[str]) -> int:
    bits = -1
    for condition in conditions:
        bits &= met[table, condition]
    return bits


def _met(house: Any, clauses_of: Sequence[Clause]) -> Met:
    asked = {
        (clause.table, condition) for clause in clauses_of for condition in (*clause.counted, *clause.hit)
    }
    bits: Met = {}
    for table in sorted({table for table, _ in asked}):
        conditions = sorted(condition for of, condition in asked if of == table)
        for start in range(0, len(conditions), AT_ONCE):
            some = conditions[start : start + AT_ONCE]
            found = house.rows(
                f"SELECT {', '.join(f'({condition}) IS TRUE' for condition in some)} FROM {table} ORDER BY packet_id"
            )
            for condition, column in zip(some, zip(*found, strict=True), strict=True):
                bits[table, condition] = int("".join("1" if is_met else "0" for is_met in column), 2)
    return bits
