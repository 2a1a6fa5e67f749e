"""Where do rows that break the rules wait until they are tried again? In one Parquet file beside the
segments.

In: a relation of raw rows with their faults. Out: the file, replaced as a whole or not at all, and its rows
as a table. It lies in the ledger's folder because sources forget and the working database may be deleted; it
is no part of history.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flows.ledger import durable
from flows.ledger.columns import EVENT_COLUMNS
from flows.ledger.memory import memory
from flows.ledger.segments import literal, pattern

if TYPE_CHECKING:
    import duckdb

WAITING_COLUMNS = {
    **dict.fromkeys(EVENT_COLUMNS, "VARCHAR"),
    "_origin": "VARCHAR",
    "_file": "VARCHAR",
    "_row": "BIGINT",
    "fault": "VARCHAR",
    "first_seen_at": "TIMESTAMPTZ",
    "last_tried_at": "TIMESTAMPTZ",
}
"""The columns of the quarantine: raw text as pulled, where it stood, what is wrong, and since when."""


def write(connection: "duckdb.DuckDBPyConnection", relation: str, path: Path) -> None:
    """Replace the quarantine by the rows of a relation; without rows there is no file."""
    with durable.explained("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        columns = ", ".join(f'"{name}"' for name in WAITING_COLUMNS)
        try:
            ((rows,),) = connection.execute(
                f"copy (select {columns} from {relation} order by _origin, _file, _row, id) "
                f"to {literal(temporary)} (format parquet, compression zstd)"
            ).fetchall()
            if rows:
                durable.sync_file(temporary)
                durable.rename(temporary, path)
            elif path.exists():
                durable.remove(path)
        finally:
            temporary.unlink(missing_ok=True)


def load(connection: "duckdb.DuckDBPyConnection", table: str, path: Path) -> None:
    """Create a table of the rows in quarantine, empty if there are none."""
    columns = ", ".join(f'"{name}" {type_name}' for name, type_name in WAITING_COLUMNS.items())
    with durable.explained("read", path):
        connection.execute(f"create or replace table {table} ({columns})")
        if path.exists():
            connection.execute(f"insert into {table} by name from read_parquet({pattern(path)})")


def digest(path: Path) -> str:
    """SHA-256 (hex) over the rows in quarantine, whenever they were last tried; empty if there are none."""
    if not path.exists():
        return ""
    columns = ", ".join(f'"{name}"' for name in WAITING_COLUMNS if name != "last_tried_at")
    with durable.explained("read", path), memory() as connection:
        ((text,),) = connection.execute(
            "select sha256(string_agg(sha256(line), '' order by line)) from "
            f"(select to_json(row({columns}))::varchar as line from read_parquet({pattern(path)}))"
        ).fetchall()
    return str(text or "")
