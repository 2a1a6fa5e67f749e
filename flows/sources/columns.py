"""Which columns does a source's table have: what came, what went, what is of another type than it was?

`raw_<folder>.columns` keeps a row per column that was ever there; staging makes events of what is new in it, so that a
change is history. A type is never argued about: a column whose values fit no common one is text from then on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from re import fullmatch
from typing import Final

from flows.warehouse import Connection

TABLE: Final = "columns"
Types = Mapping[str, str]
"""Column → type, as DuckDB calls it."""
_COLUMNS: Final = (
    '"table" VARCHAR, "column" VARCHAR, type VARCHAR, is_gone BOOLEAN, '
    "_origin VARCHAR, _run_id VARCHAR, _pulled_at TIMESTAMPTZ, _is_new BOOLEAN, _before VARCHAR"
)
BOOKKEEPING: Final = (
    "_fivetran_synced", "_airbyte_ab_id", "_airbyte_emitted_at", "_airbyte_extracted_at", "_airbyte_generation_id",
    "_airbyte_meta", "_airbyte_normalized_at", "_airbyte_raw_id", "_dlt_id", "_dlt_load_id",
)  # fmt: skip
"""Columns that a loader writes anew though the row is the same: such a row is no news."""
PLACE: Final = ("_file", "_row")
"""Where a row of a file is: its key, and no column of the source."""
_EXACT: Final = r"U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|DECIMAL\(\d+,\d+\)"


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def common(connection: Connection, kinds: Iterable[str]) -> str:
    """The type that holds all values of these exactly: the only one, a wider number, else text."""
    found = dict.fromkeys(kinds)
    if len(found) == 1:
        return next(iter(found))
    if not all(fullmatch(_EXACT, kind) for kind in found):
        return "VARCHAR"
    nulls = " UNION ALL ".join(f"SELECT NULL::{kind} AS a" for kind in found)
    ((wider,),) = connection.execute(f"SELECT typeof(a) FROM ({nulls}) LIMIT 1").fetchall()
    return str(wider) if fullmatch(_EXACT, str(wider)) else "VARCHAR"


def rows_of(parts: Sequence[tuple[str, Types]], types: Types) -> str:
    """A query of all rows of these Parquet files (path, its types), each column of the type given here."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, own in parts:
        alike[tuple(name for name in own if own[name] != types[name])].append(path)
    queries = []
    for names, paths in alike.items():
        casts = ", ".join(f"{quoted(name)}::{types[name]} AS {quoted(name)}" for name in names)
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        queries.append(
            f"SELECT *{f' REPLACE ({casts})' if casts else ''} FROM read_parquet([{files}], union_by_name = true)"
        )
    return " UNION ALL BY NAME ".join(queries)


def prepare(connection: Connection, schema: str) -> None:
    """Create the table of columns where it is missing."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(schema)}.{TABLE} ({_COLUMNS})")


def note_columns(
    connection: Connection,
    schema: str,
    table: str,
    types: Types,
    missed: Iterable[str],
    seen: tuple[str, str, datetime],
) -> list[str]:
    """Remember the columns of a table; returns a line on each that is new, gone or of another type than before.

    `missed`: those of before that are not there any more. `seen`: by which source, run and when.
    """
    where = f"{quoted(schema)}.{TABLE}"
    found = connection.execute(
        f'SELECT "column", type, is_gone FROM {where} WHERE "table" = ?', [table]
    ).fetchall()
    before = {name: (type_, is_gone) for name, type_, is_gone in found}
    now = {name: (type_, False) for name, type_ in types.items() if name not in (*BOOKKEEPING, *PLACE)}
    now |= {name: (before[name][0], True) for name in missed if name in before}
    changed = {name: told for name, told in now.items() if before.get(name) != told}
    for name, (type_, is_gone) in changed.items():
        connection.execute(f'DELETE FROM {where} WHERE "table" = ? AND "column" = ?', [table, name])
        connection.execute(
            f"INSERT INTO {where} VALUES (?, ?, ?, ?, ?, ?, ?, true, NULL)",
            [table, name, type_, is_gone, *seen],
        )
    return [
        _told(f"column {table}.{name}", before.get(name), told) for name, told in changed.items() if before
    ]


def _told(what: str, before: tuple[str, bool] | None, now: tuple[str, bool]) -> str:
    if now[1]:
        return f"{what} is gone"
    if before is None or before[1]:
        return f"{what} is new"
    return f"{what}: type was {before[0]} and is {now[0]}"
