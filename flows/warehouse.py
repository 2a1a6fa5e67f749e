"""How is DuckDB opened: the one door to the working database, and to files read as text.

In: a path, or none for memory. Out: a connection in UTC that fetches nothing from the network. What it holds
can be rebuilt from the ledger, so nothing here is ever the only copy of anything.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from contracts.errors import ConfigurationError, WarehouseError
from flows.inert import without_values
from flows.settings import Settings, Source

Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error
MEMORY_SHORT: Final = (duckdb.OutOfMemoryException, duckdb.TransactionException)
"""What DuckDB raises when the memory limit is too low: in a statement, and in a commit."""

EVENT_COLUMNS: Final = (
    "id", "source", "type", "time", "sequence", "account", "motion", "object", "handoff", "subject", "cycle",
    "field", "value", "actor", "team", "reason", "detail",
)  # fmt: skip
RAW_COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(EVENT_COLUMNS, "VARCHAR"),
    "_origin": "VARCHAR",
    "_file": "VARCHAR",
    "_row": "BIGINT",
    "_run_id": "VARCHAR",
}
QUARANTINED: Final = '"raw_quarantine".events'
"""Rows that broke a rule in an earlier run, to be tried again."""
STREAMING: Final = "320MB"
"""Memory of a connection through which more rows pass than it holds."""
SCHEMAS: Final = ("stage", "recording", "ledger", "shape", "handoffs", "judged", "marts", "ops")


def connect(
    path: Path | None,
    *,
    settings: Settings | None = None,
    read_only: bool = False,
    is_streaming: bool = False,
) -> Connection:
    """Open a DuckDB file, or memory for None; every session in UTC, no extension is ever fetched.

    With settings it spills to their folder; streaming, it has one thread and `STREAMING` memory. Raises WarehouseError
    if the file cannot be opened, and ConfigurationError if SEAMKEEPER_MEMORY_LIMIT is no size.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "true",
    }
    try:
        if path is not None and not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=config)
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(f"{path}: cannot be opened ({first_line(error)}); {_remedy(error)}") from error
    connection.execute("SET TimeZone = 'UTC'")
    _limit_memory(connection)
    if is_streaming:
        _stream(connection)
    if settings is not None:
        settings.spill.mkdir(parents=True, exist_ok=True)
        connection.execute("SET temp_directory = $spill", {"spill": str(settings.spill)})
    return connection


def prepare(
    connection: Connection,
    settings: Settings,
    run_id: str,
    as_of: datetime,
    sources: Sequence[Source],
    segments: Iterable[Path],
) -> None:
    """Create the folders and schemas that are missing, and tell the models which run this is.

    `ops.run_context`: one row: run_id, as_of, segments.
    `ops.sources`: one row per source: name, kind, zone, decisions.
    """
    for folder in (settings.spill, settings.inbox, settings.dbt_target, settings.dbt_logs):
        folder.mkdir(parents=True, exist_ok=True)
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(
        "CREATE OR REPLACE TABLE ops.run_context AS "
        "SELECT $run_id::VARCHAR AS run_id, $as_of::TIMESTAMPTZ AS as_of, $segments::VARCHAR[] AS segments",
        {"run_id": run_id, "as_of": as_of, "segments": [str(segment) for segment in segments]},
    )
    connection.execute(
        "CREATE OR REPLACE TABLE ops.sources (name VARCHAR, kind VARCHAR, zone VARCHAR, decisions VARCHAR)"
    )
    for source in sources:
        connection.execute(
            "INSERT INTO ops.sources VALUES (?, ?, ?, ?)",
            [source.name, source.kind, source.zone, source.decisions],
        )


def tell_calendars(connection: Connection, spans: Sequence[tuple[str, datetime, datetime, int]]) -> None:
    """`ops.calendar_spans`: calendar, opens_at, closes_at, open_before (microseconds), a row per span."""
    names, opens, closes, before = (
        (list(column) for column in zip(*spans, strict=True)) if spans else ([],) * 4
    )
    connection.execute(
        "CREATE OR REPLACE TABLE ops.calendar_spans AS SELECT unnest($names::VARCHAR[]) AS calendar, "
        "unnest($opens::TIMESTAMPTZ[]) AS opens_at, unnest($closes::TIMESTAMPTZ[]) AS closes_at, "
        "unnest($before::BIGINT[]) AS open_before",
        {"names": names, "opens": opens, "closes": closes, "before": before},
    )


def tell_pulls(connection: Connection, rows: Mapping[str, int]) -> None:
    """`ops.pulls`: one row per source pulled in this run, with its rows."""
    connection.execute(
        "CREATE OR REPLACE TABLE ops.pulls AS "
        "SELECT unnest($sources::VARCHAR[]) AS source, unnest($rows::BIGINT[]) AS rows",
        {"sources": list(rows), "rows": list(rows.values())},
    )


def tell_ledger_head(
    connection: Connection, head: str, segments: int, rows: int, last_sealed_at: datetime | None
) -> None:
    """`ops.ledger_head`: one row, the history that the models read."""
    connection.execute(
        "CREATE OR REPLACE TABLE ops.ledger_head AS SELECT $head::VARCHAR AS head, "
        "$segments::BIGINT AS segments, $rows::BIGINT AS rows, $at::TIMESTAMPTZ AS last_sealed_at",
        {"head": head, "segments": segments, "rows": rows, "at": last_sealed_at},
    )


def create_raw_table(connection: Connection, kind: str) -> None:
    """Create `raw_<kind>.events` if it is missing: event columns as text, and where each row stood."""
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in RAW_COLUMNS.items())
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "raw_{kind}"')
    connection.execute(f'CREATE TABLE IF NOT EXISTS "raw_{kind}".events ({columns})')


def raw_event_tables(connection: Connection) -> list[str]:
    """Every table `raw_<kind or source>.events` of raw rows, quoted, in order of their names."""
    rows = connection.execute(
        r"""
        select distinct table_schema from information_schema.columns
        where table_catalog = current_database() and table_schema like 'raw\_%' escape '\'
            and table_name = 'events' and column_name = '_row'
        order by table_schema"""
    ).fetchall()
    return [f'"{schema}".events' for (schema,) in rows]


def gather_raw_events(connection: Connection) -> None:
    """`ops.raw_events`: a view of all raw rows; those that waited in quarantine are `_retried`."""
    columns = ", ".join(f'"{name}"' for name in [*EVENT_COLUMNS, "_origin", "_file", "_row"])
    parts = [
        f"SELECT {columns}, {table == QUARANTINED} AS _retried FROM {table}"
        for table in raw_event_tables(connection)
    ]
    connection.execute(f"CREATE OR REPLACE VIEW ops.raw_events AS {' UNION ALL '.join(parts)}")


def settle(connection: Connection, folders: Iterable[str]) -> None:
    """Raw rows that these folders of staging have read are no longer new: what they say was recorded."""
    schemas = [f"raw_{folder}" for folder in folders]
    found = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.columns "
        "WHERE table_catalog = current_database() AND list_contains($schemas, table_schema) "
        "AND column_name = '_is_new' ORDER BY ALL",
        {"schemas": schemas},
    ).fetchall()
    for schema, table in found:
        connection.execute(f'UPDATE "{schema}"."{table}" SET _is_new = false WHERE _is_new')


def first_line(error: BaseException) -> str:
    """What a foreign error says, as the one line our messages have room for, without the values that it quotes."""
    lines = str(error).strip().splitlines()
    return without_values(lines[0]) if lines else type(error).__name__


def widen(connection: Connection) -> None:
    """End what a connection could not do in `STREAMING` memory, and give it what every other one has."""
    with suppress(duckdb.TransactionException):  # a failed commit has ended it already
        connection.execute("ROLLBACK")
    _limit_memory(connection)


def _limit_memory(connection: Connection) -> None:
    """Stay below SEAMKEEPER_MEMORY_LIMIT (default 4GB); what does not fit is spilled."""
    limit = os.environ.get("SEAMKEEPER_MEMORY_LIMIT") or "4GB"
    try:
        connection.execute("SET memory_limit = $limit", {"limit": limit})
    except duckdb.Error as error:
        connection.close()
        raise ConfigurationError(f"SEAMKEEPER_MEMORY_LIMIT: {limit!r} is no size, write 4GB") from error


def _stream(connection: Connection) -> None:
    """One thread, as each holds its own rows; little memory, as DuckDB's cache takes what it may have."""
    ((limit,),) = connection.execute(
        "SELECT least(parse_formatted_bytes(current_setting('memory_limit')), parse_formatted_bytes($most))",
        {"most": STREAMING},
    ).fetchall()
    connection.execute(f"SET memory_limit = '{limit}B'; SET threads = 1")


def _remedy(error: BaseException) -> str:
    if "lock" in str(error).lower():
        return "another process has it open: wait for that run, or read published/current instead"
    return "if it is damaged delete it: the next run rebuilds it from the ledger"
