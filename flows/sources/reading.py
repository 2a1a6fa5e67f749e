"""What does this file say, word for word: Parquet, CSV and JSON Lines as rows.

In: one file. Out: a Parquet file in file order, written by DuckDB without a Python row. Of an event file the raw
columns, every event column as text: instants in UTC with their offset, lists and structs as JSON. Of any other
file its own columns: as text from CSV and JSON Lines, with their types from Parquet. Nothing is interpreted:
casting is staging's.
"""

import csv
import difflib
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Final

from contracts.errors import SourceError
from flows.inert import one_line
from flows.warehouse import EVENT_COLUMNS, Connection, DatabaseError, first_line

REQUIRED: Final = ("id", "source", "type", "time")
SUFFIXES: Final[Mapping[str, str]] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson": "jsonl",
    ".ndjson.gz": "jsonl",
}
FORMATS: Final = ("parquet", "csv", "jsonl")
LONGEST_LINE: Final = 2_000_000
"""In bytes; DuckDB's own limit for a line of CSV."""
DELIMITERS: Final = ",;\t|"
# DuckDB has no text of its own for these; their JSON is what the columns `value` and `detail` promise.
NESTED: Final = ("STRUCT", "MAP", "UNION")
NOT_UTF_8: Final = re.compile(
    r"'utf-8' codec|not utf-8|invalid (utf-8|unicode)|utf-16 encoding", re.IGNORECASE
)
"""How Python and DuckDB say that a file is written in another encoding."""


class _Malformed(ValueError):
    """What a file is not, though it was read."""


@dataclass(frozen=True)
class EventFile:
    """A file of events, the name its rows carry in `_file`, and how it is read."""

    path: Path
    label: str
    format: str

    @property
    def stamp(self) -> list[int]:
        """Size and time of the last change in nanoseconds: another stamp means another content."""
        stat = self.path.stat()
        return [stat.st_size, stat.st_mtime_ns]


@dataclass(frozen=True)
class _Table:
    """How DuckDB reads a file: a FROM clause, its parameters, each column as text, and the row number."""

    relation: str
    parameters: Mapping[str, str]
    columns: Mapping[str, str]
    row: str = "row_number() OVER ()"


def format_of(path: Path) -> str | None:
    """The format that the file's name tells, or None."""
    name = path.name.lower()
    return next((format_ for suffix, format_ in SUFFIXES.items() if name.endswith(suffix)), None)


def write_as_text(connection: Connection, file: EventFile, origin: str, run_id: str, target: Path) -> int:
    """Write the file's rows to `target` as Parquet with the raw columns, and count them.

    Raises SourceError, naming the file, if it cannot be read, lacks a required column or has an unknown
    one.
    """
    with _reading(file.path, file.format, origin):
        table = _READERS[file.format](connection, file.path)
        is_empty = file.format == "jsonl" and not table.columns  # no row, no key: nothing is amiss
        _check_columns(file, origin, REQUIRED if is_empty else tuple(table.columns))
        found = connection.execute(
            f"COPY ({_as_text(table)}) TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION snappy)",
            {**table.parameters, "origin": origin, "label": file.label, "run_id": run_id},
        ).fetchall()
    return int(found[0][0])


def write_as_it_is(connection: Connection, file: EventFile, origin: str, target: Path, name: str) -> None:
    """Write the file's rows to `target` as Parquet: its own columns, `_file` and `_row`; messages call it `name`.

    Raises SourceError, naming the file, if it cannot be read.
    """
    with _reading(name, file.format, origin):
        table = _READERS[file.format](connection, file.path)
        if taken := [name for name in table.columns if name.lower() in ("_file", "_row")]:
            raise _Malformed(f"its column {min(taken)} is one of our own")
        columns = ", ".join(f'"{_doubled(column)}"' for column in table.columns)
        connection.execute(
            f"COPY (SELECT {columns}{', ' if columns else ''}$label AS _file, ({table.row})::BIGINT AS _row "
            f"FROM {table.relation}) TO '{_quoted(target)}' (FORMAT parquet, COMPRESSION snappy)",
            {**table.parameters, "label": file.label},
        )


@contextmanager
def _reading(name: object, format_: str, origin: str) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error, _Malformed) as error:
        reason = _reason(error)
        remedy = "save it as UTF-8" if NOT_UTF_8.search(reason) else "mend the file"
        raise SourceError(
            f"source {origin}: {name} cannot be read as {format_} ({reason}); {remedy} or move it away"
        ) from error


def _reason(error: Exception) -> str:
    """What is wrong, in one line: of a CSV file DuckDB says where first, then quotes the row, then says what.

    The row and its values stay out of it: they may be personal data.
    """
    where = first_line(error)
    what = re.findall(r"\n(?!Possible )([^\n]+)\n+Possible ", str(error))
    return one_line(f"{where}: {what[-1].strip()}" if what and "CSV Error" in where else where)


def _as_text(table: _Table) -> str:
    columns = ", ".join(f'{table.columns.get(name, "NULL")}::VARCHAR AS "{name}"' for name in EVENT_COLUMNS)
    where = "$origin AS _origin, $label AS _file, ({row})::BIGINT AS _row, $run_id AS _run_id"
    return f"SELECT {columns}, {where.format(row=table.row)} FROM {table.relation}"


def _parquet(connection: Connection, path: Path) -> _Table:
    # Some writers store text as plain binary; it is text all the same.
    relation = "read_parquet($path, binary_as_string = true, file_row_number = true)"
    parameters = {"path": escape(str(path))}
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}", parameters).fetchall()
    columns = {name: _text_of(name, type_) for name, type_, *_ in described if name != "file_row_number"}
    return _Table(relation, parameters, columns, row="file_row_number + 1")


def _text_of(name: str, type_: str) -> str:
    nested = type_.endswith("]") or type_.startswith(NESTED)
    return f'to_json("{_doubled(name)}")' if nested else f'"{_doubled(name)}"'


def _csv(connection: Connection, path: Path) -> _Table:
    """The header decides the delimiter, so nothing is guessed from the rows."""
    with (
        gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8-sig", newline="") as stream
    ):
        header = stream.readline(1_000_000)
    delimiter = next((mark for mark in header if mark in DELIMITERS), ",")
    names = next(csv.reader([header], delimiter=delimiter, strict=True), [])
    if len(names) != len({name.lower() for name in names}):
        raise _Malformed("the header names a column twice")
    if not names or "" in names:
        raise _Malformed(
            "the header has a column without a name" if names else "it is empty, without a header"
        )
    _refuse_a_long_last_line(path)
    relation = (
        f"read_csv($path, auto_detect = false, header = true, delim = '{delimiter}', quote = '\"', "
        f"escape = '\"', columns = {_all_text(names)})"
    )
    return _Table(relation, {"path": escape(str(path))}, _plain(names))


def _refuse_a_long_last_line(path: Path) -> None:
    """DuckDB 1.5 leaves out a last line that is longer than its buffer of 32 MB, and says nothing of it.

    With `parallel = false` it would not; but then it takes a quote that is never closed for the end of the file.
    """
    end = b""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        if path.suffix != ".gz":
            stream.seek(max(0, path.stat().st_size - LONGEST_LINE - 2))
        while chunk := stream.read(LONGEST_LINE):
            end = (end + chunk)[-LONGEST_LINE - 2 :]
    if len(end) > LONGEST_LINE and not re.search(rb"[\r\n]", end.rstrip(b"\r\n")):
        raise _Malformed(f"its last line is longer than {LONGEST_LINE:,} bytes")


def _jsonl(connection: Connection, path: Path) -> _Table:
    parameters = {"path": escape(str(path))}
    # A key that stands in one row only is a column too, so all rows are asked.
    odd, keys = connection.execute(
        "SELECT count(*) FILTER (json_type(json) <> 'OBJECT'), "
        "list_sort(list_distinct(flatten(array_agg(DISTINCT json_keys(json))))) "
        "FROM read_ndjson_objects($path)",
        parameters,
    ).fetchall()[0]
    if odd:
        raise _Malformed(f"{odd} of its lines are not JSON objects")
    if keys is None:
        return _Table("(SELECT 1 WHERE false)", {}, {})
    relation = (
        f"read_json($path, format = 'newline_delimited', auto_detect = false, columns = {_all_text(keys)})"
    )
    return _Table(relation, parameters, _plain(keys))


_READERS: Final = {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl}


def _check_columns(file: EventFile, origin: str, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in EVENT_COLUMNS:
            close = difflib.get_close_matches(name[:60].strip().lower(), EVENT_COLUMNS, n=1)
            remedy = (
                f"did you mean {close[0]!r}?" if close else "remove it, or put it into the JSON of 'detail'"
            )
            raise SourceError(f"source {origin}: {file.path} has the unknown column {name[:60]!r}; {remedy}")
    for name in REQUIRED:
        if name not in columns:
            raise SourceError(
                f"source {origin}: {file.path} lacks the column {name!r}; required are {', '.join(REQUIRED)}"
            )


def _all_text(names: Sequence[str]) -> str:
    """A DuckDB struct naming every column as text."""
    return "{" + ", ".join(f"'{_quoted(name)}': 'VARCHAR'" for name in names) + "}"


def _plain(names: Sequence[str]) -> dict[str, str]:
    return {name: f'"{_doubled(name)}"' for name in names}


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")


def _doubled(name: str) -> str:
    return name.replace('"', '""')
