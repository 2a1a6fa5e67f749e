"""Which exports lie in files: tables as CSV, Parquet or JSON Lines, in a folder here or at any fsspec URL.

Files → `raw_<source>.<table>`, then `models/staging/<source>`. In `sources.toml`:

    [crm_dump]
    kind = "files"
    path = "s3://exports/crm"           # where the globs begin; default: the project

    [crm_dump.tables]
    deal = "deals/*.parquet"
    person = "people.csv"

Each content of a file is read once. The columns of CSV and JSON Lines are text, those of Parquet have their types. A
row is known by its file and its place there: a file that grows brings what is new, one that changes what changed.
Who may read a bucket is said where its library looks for it (AWS_PROFILE, GOOGLE_APPLICATION_CREDENTIALS …).
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from contracts.errors import ConfigurationError, SourceError
from flows.options import Option
from flows.settings import Settings, Source
from flows.sources.layouts import check_staging
from flows.sources.pulling import Pulled, Pulling
from flows.sources.reading import FORMATS, SUFFIXES, EventFile, format_of, write_as_it_is
from flows.sources.tables import RESERVED, Part, RawTables, Told, raw_tables, scratch
from flows.warehouse import first_line

OPTIONS: Final = {
    "path": Option(
        str, default="", means="where the globs begin: a folder, relative to the project, or an fsspec URL"
    ),
    "tables": Option(
        dict,
        required=True,
        means='a table per line, as in deal = "deals/*.csv"',
        each=Option(str, means="a glob"),
    ),
    "format": Option(str, choices=FORMATS, means="where the file names do not say it"),
}
KEY: Final = ("_file", "_row")
ERRORS: Final = {
    "aiohttp": ("ClientError",),
    "azure.core.exceptions": ("AzureError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
    "google.auth.exceptions": ("GoogleAuthError",),
    "paramiko": ("SSHException",),
}
"""Errors of the libraries behind fsspec that are no OSError; none of them is needed, so none is imported here."""


@dataclass(frozen=True)
class Export:
    """A file at its place, what rows and messages call it, and what says that its content is another."""

    table: str
    path: str
    label: str
    stamp: str


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Merge the rows of files that are new or changed. Raises SourceError."""
    settings = pulling.settings
    check(source, settings)
    exports, filesystem = _exports(source, settings)
    with raw_tables(source, pulling) as raw, scratch(source, settings) as folder:
        known = _known(raw)
        changed = [one for one in exports if known.get((one.table, one.label)) != one.stamp]
        told = []
        for table in dict.fromkeys(one.table for one in changed):
            parts, labels = [], [one for one in changed if one.table == table]
            for number, one in enumerate(labels):
                pulling.report(f"{source.name}: {one.label}")
                target = folder / f"{table}-{number:06}.parquet"
                format_ = _write(raw, source, filesystem, one, target)
                parts.append(Part(target, one.path, is_sparse=format_ == "jsonl"))
            told.append(Told(table, KEY, parts, [one.label for one in labels]))
        with raw.transaction():
            rows = sum(raw.merge(one) for one in told)
            _remember(raw, changed)
    return Pulled(source.name, rows, len(changed), len(exports) - len(changed), tuple(raw.notes))


def check(source: Source, settings: Settings) -> None:
    """Raise ConfigurationError for a table that cannot be, SourceError if nothing stages them or no file is here."""
    tables = cast(Mapping[str, str], source.options["tables"])
    where = f"{settings.sources_file} [{source.name}.tables]"
    if not tables:
        raise ConfigurationError(f'{where}: names no table; write one per line, as in deal = "deals/*.csv"')
    if taken := [name for name in tables if name.lower() in RESERVED]:
        raise ConfigurationError(f"{where}: `{taken[0]}` is a table of our own; name it otherwise")
    check_staging(source, settings)
    if "://" not in _root(source, settings):
        _exports(source, settings)


def _root(source: Source, settings: Settings) -> str:
    path = str(source.options["path"])
    return path.rstrip("/") if "://" in path else str(settings.project / Path(path).expanduser())


def _exports(source: Source, settings: Settings) -> tuple[list[Export], Any]:
    """The files of every table, sorted, and the file system they are in. Raises SourceError if a table has none."""
    root = _root(source, settings)
    found = []
    with _reaching(source, root):
        from fsspec.core import url_to_fs

        filesystem, base = url_to_fs(root)
        base = base.rstrip("/")
        for table, glob in cast(Mapping[str, str], source.options["tables"]).items():
            paths = sorted(path for path in filesystem.glob(f"{base}/{glob}") if filesystem.isfile(path))
            if not paths:
                raise SourceError(
                    f"source {source.name}: no file matches {root}/{glob}; correct `{table}` in {settings.sources_file}"
                )
            found += [
                Export(table, path, path.removeprefix(f"{base}/"), str(filesystem.checksum(path)))
                for path in paths
            ]
    return found, filesystem


def _write(raw: RawTables, source: Source, filesystem: Any, export: Export, target: Path) -> str:
    """The rows of a file as Parquet; a file elsewhere is fetched first. Returns its format."""
    format_ = source.options.get("format") or format_of(Path(export.path))
    if format_ is None:
        raise SourceError(
            f"source {source.name}: the name of {export.path} tells no format; "
            f"let it end in {', '.join(SUFFIXES)}, or set `format`"
        )
    here = Path(export.path)
    if "file" not in filesystem.protocol:
        here = target.with_name(f"{target.stem}-{here.name}")
        with _reaching(source, export.path):
            filesystem.get_file(export.path, str(here))
    write_as_it_is(
        raw.connection, EventFile(here, export.label, str(format_)), source.name, target, export.path
    )
    return str(format_)


@contextmanager
def _reaching(source: Source, what: str) -> Iterator[None]:
    """What fsspec and the libraries behind it raise, in one line."""
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        raise SourceError(f"source {source.name}: {what} needs a library ({first_line(error)})") from error
    except _errors_of_stores() as error:
        raise SourceError(
            f"source {source.name}: {what} cannot be reached ({first_line(error)}); "
            "check `path` and what this machine may read"
        ) from error


def _errors_of_stores() -> tuple[type[Exception], ...]:
    """What file systems raise: Python's own errors, and the roots of those of the libraries that are loaded by now."""
    loaded = [
        getattr(sys.modules.get(module), name, None) for module, names in ERRORS.items() for name in names
    ]
    return (OSError, ValueError, *(error for error in loaded if error is not None))


def _known(raw: RawTables) -> dict[tuple[str, str], str]:
    raw.connection.execute(
        f'CREATE TABLE IF NOT EXISTS "{raw.schema}".files ("table" VARCHAR, label VARCHAR, stamp VARCHAR)'
    )
    found = raw.connection.execute(f'SELECT * FROM "{raw.schema}".files').fetchall()
    return {(table, label): stamp for table, label, stamp in found}


def _remember(raw: RawTables, exports: list[Export]) -> None:
    for one in exports:
        raw.connection.execute(
            f'DELETE FROM "{raw.schema}".files WHERE "table" = ? AND label = ?', [one.table, one.label]
        )
        raw.connection.execute(
            f'INSERT INTO "{raw.schema}".files VALUES (?, ?, ?)', [one.table, one.label, one.stamp]
        )
