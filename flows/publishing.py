"""What do dashboards read: generations, each complete, checked and never changed again.

Tables of schema `marts` → `published/<generation>/seamkeeper.duckdb` (schema `main`) and one
`<table>.parquet` each. A generation is written under a hidden name, checked, moved to its place, and only
then does the link `published/current` point to it, in one atomic step: a reader sees the old generation or
the new one, whole. A program that reads several files should resolve `current` once and stay with that
generation.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from re import sub
from typing import Final

from contracts.errors import PublishError, WarehouseError
from flows.settings import Settings
from flows.warehouse import Connection, DatabaseError, connect, first_line

DATABASE: Final = "seamkeeper.duckdb"
CURRENT: Final = "current"
KEPT: Final = 5
# Up to here a table is ordered by all its columns: equal contents, equal files. Above, as its mart is.
ORDERED_UP_TO: Final = 500_000


PUBLISHED = (
    "handoff_scorecard",
    "handoff_packets",
    "handoff_accounts",
    "contract_failures",
    "packet_fields",
    "handoff_funnel",
    "dim_handoff",
    "quarantine",
    "source_freshness",
    "scorecard_restatements",
    "packet_attempts",
    "sla_clocks",
    "packet_edits",
    "gate_decisions",
    "gate_bypasses",
    "relationship_gaps",
    "reunifications",
    "account_signals",
    "packet_records",
    "write_backs",
    "dim_account",
    "data_issues",
    "tickets",
    "ledger_head",
)
"""The tables of a generation (interfaces.md, section 2)."""


def publish(
    connection: Connection, settings: Settings, run_id: str, as_of: datetime, tables: Sequence[str]
) -> Path:
    """Write these tables of `marts` as a new generation, make it current, and return its folder.

    The last five generations stay. Raises PublishError if a generation cannot be written or does not pass
    its checks; the last good one is current then.
    """
    published = settings.published
    generation = published / _name(run_id)
    unfinished = published / f".{generation.name}-unfinished"
    try:
        _clear_leftovers(published)
        _check_marts(connection, tables)
        unfinished.mkdir(parents=True)
        for table in tables:
            _write_parquet(connection, table, unfinished)
        _write_database(tables, unfinished, settings)
        _check(connection, unfinished, tables, run_id, as_of)
        _sync(*unfinished.iterdir(), unfinished)
        unfinished.rename(generation)
        _point(published / CURRENT, generation.name)
    except (OSError, DatabaseError, WarehouseError) as error:
        raise PublishError(
            f"{published}: generation {generation.name} could not be written ({first_line(error)}); "
            "free some disk space or mend the folder, then run again; the last good one stays current"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if current(settings) != generation:
            shutil.rmtree(generation, ignore_errors=True)
    _forget_old(settings)
    return generation


def current(settings: Settings) -> Path | None:
    """The folder of the current generation, or None before the first."""
    link = settings.published / CURRENT
    return settings.published / link.readlink() if link.is_symlink() else None


def generations(settings: Settings) -> list[Path]:
    """Every generation that is there, oldest first."""
    if not settings.published.is_dir():
        return []
    found = (path for path in settings.published.iterdir() if path.is_dir() and not path.is_symlink())
    return sorted(path for path in found if not path.name.startswith("."))


def _name(run_id: str) -> str:
    """The instant of publishing and the end of the run's id: names sort as the generations were published."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{sub('[^a-z0-9]', '', run_id.lower())[-8:]}"


def _check_marts(connection: Connection, tables: Sequence[str]) -> None:
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts'"
    ).fetchall()
    missing = [table for table in tables if (table,) not in found]
    if missing:
        raise PublishError(f"marts.{missing[0]} was not built; see the dbt models; nothing is published")


def _write_parquet(connection: Connection, table: str, folder: Path) -> None:
    count = connection.execute(f'SELECT count(*) FROM marts."{table}"').fetchall()[0][0]
    order = "ORDER BY ALL" if count <= ORDERED_UP_TO else ""
    connection.execute(
        f'COPY (SELECT * FROM marts."{table}" {order}) TO {_literal(folder / table)} '
        "(FORMAT parquet, COMPRESSION zstd)"
    )


def _write_database(tables: Sequence[str], folder: Path, settings: Settings) -> None:
    """Fill the DuckDB file from the Parquet files, in an instance of its own: it can harm no other file."""
    with closing(connect(folder / DATABASE, settings=settings)) as database:
        for table in tables:
            database.execute(
                f'CREATE TABLE main."{table}" AS SELECT * FROM read_parquet({_literal(folder / table)})'
            )
        database.execute("CHECKPOINT")


def _check(connection: Connection, folder: Path, tables: Sequence[str], run_id: str, as_of: datetime) -> None:
    """Both forms of every table have its mart's columns, types and rows, and this run's rows only."""
    with closing(connect(folder / DATABASE, read_only=True)) as database:
        for table in tables:
            mart = f'marts."{table}"'
            columns = _columns(connection, mart)
            count = _count(connection, mart)
            for form in (f'main."{table}"', f"read_parquet({_literal(folder / table)})"):
                if _columns(database, form) != columns:
                    raise PublishError(
                        f"{folder}: {form} has other columns or types than {mart}; nothing is published"
                    )
                if _count(database, form) != count:
                    raise PublishError(f"{folder}: {form} has other rows than {mart}; nothing is published")
            names = {name for name, _ in columns}
            if {"run_id", "as_of"} <= names and _strangers(database, table, run_id, as_of):
                raise PublishError(f"{mart} holds rows of another run; build it again; nothing is published")


def _columns(connection: Connection, relation: str) -> list[tuple[str, str]]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return [(name, type_) for name, type_, *_ in described]


def _count(connection: Connection, relation: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _strangers(database: Connection, table: str, run_id: str, as_of: datetime) -> int:
    found = database.execute(
        f'SELECT count(*) FROM main."{table}" '
        "WHERE run_id IS DISTINCT FROM $run_id OR as_of IS DISTINCT FROM $as_of::TIMESTAMPTZ",
        {"run_id": run_id, "as_of": as_of},
    ).fetchall()
    return int(found[0][0])


def _sync(*paths: Path) -> None:
    """Have these files and folders on the disk, not only in memory."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _point(link: Path, name: str) -> None:
    """Make the link point to this generation: a new link takes the old one's place in one step."""
    new = link.with_name(f".{link.name}-new")
    new.unlink(missing_ok=True)
    new.symlink_to(name, target_is_directory=True)
    new.replace(link)
    _sync(link.parent)


def _clear_leftovers(published: Path) -> None:
    """Remove what runs left that died while publishing: one run at a time publishes, so they are nobody's."""
    for path in published.glob(".*-unfinished"):
        shutil.rmtree(path)


def _forget_old(settings: Settings) -> None:
    """Keep the newest five. A reader keeps what it has open; what cannot be removed today goes tomorrow."""
    kept = current(settings)
    for path in generations(settings)[:-KEPT]:
        if path != kept:
            shutil.rmtree(path, ignore_errors=True)


def _literal(table: Path) -> str:
    """The table's Parquet file as SQL text."""
    return "'" + f"{table}.parquet".replace("'", "''") + "'"
