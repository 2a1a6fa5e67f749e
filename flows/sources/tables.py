"""How do whole tables get into the raw schema: with their own columns and types, merged by key.

Parquet files of rows → `raw_<folder>.<table>`: the newest version of each row that we have seen, and `_is_new` until
it was recorded. A column may come (it is added), go (it stays, empty from then on) or change its type (it is text from
then on, unless a wider number holds both); each is told. All tables of a pull are merged in one transaction, or none.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from contracts.errors import SourceError, WarehouseError
from flows.settings import Settings, Source
from flows.sources.columns import BOOKKEEPING, TABLE, Types, common, note_columns, prepare, rows_of
from flows.sources.columns import quoted as _q
from flows.sources.layouts import folder_of
from flows.sources.pulling import Pulling
from flows.warehouse import Connection, DatabaseError, connect, first_line

OURS: Final[Mapping[str, str]] = {
    "_origin": "VARCHAR",
    "_run_id": "VARCHAR",
    "_pulled_at": "TIMESTAMPTZ",
    "_is_new": "BOOLEAN",
    "_before": "VARCHAR",
}
"""Columns of every raw table that say where a row comes from, and what was last recorded of it (JSON of texts)."""
_IS_NEWS, _RECORDED = '"is news"', '"last recorded"'
"""Columns of a merge: no source's column is called like them."""
_OURS: Final = ", ".join(f"{name} {type_}" for name, type_ in OURS.items())
RESERVED: Final = ("events", "files", "record_pages", "wanted", TABLE)
"""Tables of a raw schema that are ours: events, files that were read, where records are opened, what contracts read,
columns."""


@dataclass(frozen=True)
class Part:
    """A Parquet file with rows of one table, what messages call it, and whether it leaves out empty columns."""

    path: Path
    label: str
    is_sparse: bool = False


@dataclass(frozen=True)
class Told:
    """What a pull brings of one table. `files` are those it was read from: rows they no longer have go."""

    table: str
    key: Sequence[str]
    parts: Sequence[Part]
    files: Sequence[str] = ()


@contextmanager
def raw_tables(source: Source, pulling: Pulling) -> Iterator["RawTables"]:
    """The raw tables of a source, opened. Raises WarehouseError if they cannot be written."""
    settings = pulling.settings
    connection = connect(settings.working_database, settings=settings)
    with closing(connection):
        try:
            yield RawTables(connection, source, pulling)
        except DatabaseError as error:
            raise WarehouseError(
                f"source {source.name}: its tables could not be merged ({first_line(error)}); "
                "free disk or memory if short, run again"
            ) from error


@contextmanager
def scratch(source: Source, settings: Settings) -> Iterator[Path]:
    """A folder for the files of one pull, gone afterwards."""
    folder = settings.home / "work" / "pull" / source.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class RawTables:
    """What is in `raw_<folder>`, and how more gets there."""

    def __init__(self, connection: Connection, source: Source, pulling: Pulling) -> None:
        """The schema is created if it is missing."""
        self.connection, self.source, self.pulling = connection, source, pulling
        self.schema = f"raw_{folder_of(source)}"
        self.notes: list[str] = []
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
        prepare(connection, self.schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what was not committed is gone once the connection is closed."""
        self.connection.execute("BEGIN")
        yield
        self.connection.execute("COMMIT")

    def columns(self, table: str) -> dict[str, str]:
        """Column → type, without ours; empty if there is no such table."""
        found = self.connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_catalog = current_database() "
            "AND table_schema = ? AND table_name = ? ORDER BY ordinal_position",
            [self.schema, table],
        ).fetchall()
        return {name: type_ for name, type_ in found if name not in OURS}

    def read_to(self, table: str, cursor: str, overlap: timedelta) -> date | datetime | None:
        """From where on to read: the newest cursor we have, minus the overlap; None where all has to be read.

        A cursor that lies ahead of this pull counts as now, or one wrong row would hide all that come after it.
        """
        if cursor not in self.columns(table):
            return None
        ((newest,),) = self.connection.execute(f"SELECT max({_q(cursor)}) FROM {self._of(table)}").fetchall()
        now = self.pulling.started_at.astimezone(UTC)
        if isinstance(newest, datetime):
            return min(newest, now if newest.tzinfo else now.replace(tzinfo=None)) - overlap
        return min(newest, now.date()) - overlap - timedelta(days=1) if isinstance(newest, date) else None

    def merge(self, told: Told) -> int:
        """Bring a table up to what was pulled; returns how many of its rows are new or changed.

        Raises SourceError if a column has a name of ours, or if the key is none.
        """
        types = self._fit(told)
        self._refuse_double_keys(told)
        self._drop_rows_gone(told)
        news = [name for name in types if name not in BOOKKEEPING] or list(types)
        held = ", ".join(f"{_q(name)} := known.{_q(name)}::VARCHAR" for name in self.columns(told.table))
        same_key = " AND ".join(f"told.{_q(name)} IS NOT DISTINCT FROM known.{_q(name)}" for name in told.key)
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMPORARY TABLE merging AS
            SELECT told.*, known._origin, known._run_id, known._pulled_at, known._is_new, known._before,
                CASE WHEN known._is_new THEN known._before
                    WHEN known._origin IS NOT NULL THEN to_json(struct_pack({held}))::VARCHAR END AS {_RECORDED},
                known._origin IS NULL OR {_row("told", news)} IS DISTINCT FROM {_row("known", news)} AS {_IS_NEWS}
            FROM told LEFT JOIN {self._of(told.table)} AS known ON {same_key}
            WHERE known._origin IS NULL OR {_row("told", types)} IS DISTINCT FROM {_row("known", types)}"""
        )
        # by key: `rowid` may be a column of theirs
        gone = f"DELETE FROM {self._of(told.table)} AS known USING merging AS told WHERE {same_key}"
        self.connection.execute(gone)
        known = {
            "_origin": "$origin",
            "_run_id": "$run_id",
            "_pulled_at": "$pulled_at",
            "_is_new": "true",
            "_before": _RECORDED,
        }
        ours = ", ".join(
            f"CASE WHEN {_IS_NEWS} THEN {new} ELSE {name} END AS {name}" for name, new in known.items()
        )
        self.connection.execute(
            f"INSERT INTO {self._of(told.table)} BY NAME "
            f"SELECT * EXCLUDE ({_IS_NEWS}, {_RECORDED}) REPLACE ({ours}) FROM merging",
            {
                "origin": self.source.name,
                "run_id": self.pulling.run_id,
                "pulled_at": self.pulling.started_at,
            },
        )
        ((rows,),) = self.connection.execute(f"SELECT count(*) FILTER ({_IS_NEWS}) FROM merging").fetchall()
        self.connection.execute("DROP TABLE merging; DROP VIEW told")
        return int(rows)

    def take_for_empty(self, table: str, columns: Sequence[str]) -> None:
        """A table that the source does not have, for models that read it; a real one takes its place later."""
        text = "".join(f"{_q(name)} VARCHAR, " for name in columns)
        self.connection.execute(f"CREATE TABLE IF NOT EXISTS {self._of(table)} ({text}{_OURS})")

    def stage_again(self) -> None:
        """All rows that are here are news once more, and told whole (`_whole` in `_before`)."""
        found = self.connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_catalog = current_database() "
            "AND table_schema = ? AND column_name = '_before'",
            [self.schema],
        ).fetchall()
        for (table,) in found:
            self.connection.execute(
                f"""
                UPDATE {self._of(table)} SET _is_new = true, _before = CASE WHEN _is_new AND _before IS NOT NULL
                    THEN json_merge_patch(_before, '{{"_whole": true}}') END"""
            )

    def _of(self, table: str) -> str:
        return f"{_q(self.schema)}.{_q(table)}"

    def _types(self, told: Told, known: Types) -> list[Types]:
        """Column → type of each part, spelled as in `known` (in DuckDB `Stage` is `stage`). Raises SourceError."""
        found: list[Types] = []
        spelled = {name.lower(): name for name in known}
        for part in told.parts:
            described = self.connection.execute(
                "DESCRIBE SELECT * FROM read_parquet($path)", {"path": str(part.path)}
            ).fetchall()
            found.append({spelled.setdefault(name.lower(), name): type_ for name, type_, *_ in described})
            for name in found[-1]:
                if name.lower() in OURS:
                    what = f"has a column `{name}`, which is our own; leave it out at the source"
                    raise self._fault(part, what)
        return found

    def _fit(self, told: Told) -> dict[str, str]:
        """Make the table fit what was pulled, which is the view `told` from here on; returns its columns' types.

        Raises SourceError for a key that is not there.
        """
        of_parts = self._types(told, known := self.columns(told.table))
        names = dict.fromkeys(name for types in of_parts for name in types)
        if missing := [name for name in told.key if name.lower() not in map(str.lower, names)]:
            raise self._fault(
                told.parts[0], f"has no column `{missing[0]}`, which its `key` names; correct `key`"
            )
        if known and not self._has_rows(told.table):  # a table without rows has no types to keep
            known = {}
        there = {
            name: common(self.connection, (types[name] for types in of_parts if name in types))
            for name in names
        }
        types = {
            name: common(self.connection, (type_, known.get(name, type_))) for name, type_ in there.items()
        }
        self._note(told, there, known)
        parts = [(str(part.path), own) for part, own in zip(told.parts, of_parts, strict=True)]
        self.connection.execute(f"CREATE OR REPLACE TEMPORARY VIEW told AS {rows_of(parts, types)}")
        if not known:
            ours = ", ".join(f"NULL::{type_} AS {name}" for name, type_ in OURS.items())
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {self._of(told.table)} AS SELECT *, {ours} FROM told LIMIT 0"
            )
        for name, type_ in types.items() if known else ():
            column = f"ALTER TABLE {self._of(told.table)} {{}} COLUMN {_q(name)} {{}}{type_}"
            if name not in known:
                self.connection.execute(column.format("ADD", ""))
            elif known[name] != type_:
                self.connection.execute(column.format("ALTER", "TYPE "))
        return types

    def _note(self, told: Told, there: Types, known: Types) -> None:
        """Remember which columns came, went or changed their type.

        A file that never had a column says nothing of it, nor does one that leaves out what is empty.
        """
        missed = [name for name in known if name not in there]
        speaking = [part.path for part in told.parts if not part.is_sparse]
        if told.files and speaking:
            missed = [name for name in missed if self._was_in(told, name)]
        seen = (self.source.name, self.pulling.run_id, self.pulling.started_at)
        self.notes += note_columns(
            self.connection, self.schema, told.table, there, missed if speaking else (), seen
        )

    def _was_in(self, told: Told, name: str) -> bool:
        """Whether one of these files is new, or had a value in this column when it was read before."""
        ((fresh, had),) = self.connection.execute(
            f"SELECT count(DISTINCT _file) < len($files), count({_q(name)}) > 0 FROM {self._of(told.table)} "
            "WHERE list_contains($files, _file)",
            {"files": list(told.files)},
        ).fetchall()
        return bool(fresh or had)

    def _has_rows(self, table: str) -> bool:
        return bool(self.connection.execute(f"SELECT 1 FROM {self._of(table)} LIMIT 1").fetchall())

    def _refuse_double_keys(self, told: Told) -> None:
        key = ", ".join(_q(name) for name in told.key)
        ((doubles,),) = self.connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM told GROUP BY {key} HAVING count(*) > 1)"
        ).fetchall()
        if doubles:
            raise self._fault(
                told.parts[0],
                f"has {doubles} values of its key ({', '.join(told.key)}) more than once; "
                "name in `key` all columns that tell its rows apart",
            )

    def _drop_rows_gone(self, told: Told) -> None:
        if told.files:
            self.connection.execute(
                f"DELETE FROM {self._of(told.table)} WHERE list_contains($files, _file) AND (_file, _row) NOT IN "
                "(SELECT (_file, _row) FROM told)",
                {"files": list(told.files)},
            )

    def _fault(self, part: Part, what: str) -> SourceError:
        return SourceError(f"source {self.source.name}: {part.label} {what}")


def _row(relation: str, columns: Sequence[str] | Mapping[str, str]) -> str:
    return f"row({', '.join(f'{relation}.{_q(name)}' for name in columns)})"
