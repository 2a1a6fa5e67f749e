"""What do the rows of a database's table say since the last pull? Any database that SQLAlchemy reaches, read by dlt.

In: a URL, tables with their key and cursor. Out: Parquet files with the table's columns and types. Types come from
the database, never from the values; a value that is not of its column's type ends the pull.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from contracts.errors import SourceError
from flows.options import suggestion
from flows.settings import Source
from flows.silence import silence
from flows.sources.pulling import Pulling
from flows.sources.tables import Part, RawTables, Told
from flows.warehouse import first_line

CHUNK: Final = 50_000
"""Rows held in memory at once."""
DRIVERS: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver that we ship, where the URL names none."""


@dataclass(frozen=True)
class Table:
    """A table to read, its key, and its cursor (none: all of it is read each time).

    Without a key: those of the columns `maybe_key` that it has, or its primary key.
    """

    name: str
    key: tuple[str, ...] = ()
    cursor: str | None = None
    maybe_key: tuple[str, ...] = ()
    is_needed: bool = True
    ended: tuple[str, str] | None = None
    """Columns (is in force, until when) of tables whose rows end without a newer cursor, where they are there."""


class Database:
    """The database of a source. A context manager; raises SourceError, always in one line without the password."""

    def __init__(self, source: Source, pulling: Pulling) -> None:
        """Opens nothing yet."""
        silence()
        self._source, self._pulling, self._url = source, pulling, pulling.secrets["url"]
        self._schema = cast("str | None", source.options.get("schema"))
        self._overlap = timedelta(minutes=int(str(source.options["overlap_minutes"])))
        self._names: list[str] = []
        self._engine: Any = None

    def __enter__(self) -> "Database":
        from dlt.common.libs.sql_alchemy import create_engine, make_url, sa

        with self._errors("its database"):
            try:
                url = make_url(self._url)
                self._engine = create_engine(url.set(drivername=DRIVERS.get(url.drivername, url.drivername)))
                if self._engine.dialect.name == "postgresql":
                    sa.event.listen(self._engine, "connect", _speak_utc)
            except sa.exc.NoSuchModuleError as error:
                raise SourceError(
                    f"source {self._source.name}: SQLAlchemy knows no `{url.drivername}`, which its URL begins with; "
                    "correct it, or install what brings it, as in pip install snowflake-sqlalchemy"
                ) from error
            except (sa.exc.ArgumentError, ValueError) as error:
                raise SourceError(
                    f"source {self._source.name}: its URL is none that SQLAlchemy knows; "
                    "write it as in postgresql://reader:…@host/database"
                ) from error
            found: Any = sa.inspect(self._engine)
            self._names = [*found.get_table_names(self._schema), *found.get_view_names(self._schema)]
        return self

    def __exit__(self, *raised: object) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def has(self, table: Table) -> bool:
        """Whether the table is there. Raises SourceError if it has to be and is not."""
        if table.name in self._names or not table.is_needed:
            return table.name in self._names
        place = f"the schema {self._schema}" if self._schema else "its default schema"
        remedy = (
            suggestion(table.name, self._names) if self._names else "correct `schema`, or grant reading it"
        )
        raise SourceError(f"source {self._source.name}: {place} has no table {table.name}; {remedy}")

    def read(self, table: Table, raw: RawTables, folder: Path) -> Told:
        """The rows since the last pull, as Parquet."""
        from dlt.common.libs.sql_alchemy import MetaData
        from dlt.common.libs.sql_alchemy import Table as Reflected

        target = folder / f"{table.name}.parquet"
        with self._errors(f"the table {table.name}"):
            reflected = Reflected(
                table.name, MetaData(schema=self._schema), autoload_with=self._engine, resolve_fks=False
            )
            key = self._key(table, list(reflected.columns.keys()), list(reflected.primary_key.columns.keys()))
            self._write(table, reflected, self._since(table, reflected, raw), target)
        return Told(table.name, key, (Part(target, f"the table {table.name}"),))

    def _key(self, table: Table, columns: Sequence[str], primary_key: Sequence[str]) -> Sequence[str]:
        key = table.key or [name for name in table.maybe_key if name in columns] or primary_key
        if not key:
            raise SourceError(
                f"source {self._source.name}: the table {table.name} has no primary key; say which columns tell "
                f'its rows apart, as in {table.name} = {{key = "id"}} under [{self._source.name}.tables]'
            )
        return key

    def _since(self, table: Table, reflected: Any, raw: RawTables) -> date | datetime | None:
        if table.cursor is None:
            return None
        where = f"source {self._source.name}: the table {table.name}"
        if table.cursor not in reflected.columns:
            known = suggestion(table.cursor, reflected.columns.keys())
            raise SourceError(f"{where} has no column `{table.cursor}` for its cursor; {known}")
        if not _holds_instants(reflected.columns[table.cursor]):
            raise SourceError(
                f"{where} has a cursor `{table.cursor}` that holds no instants; name a column that does, "
                "or leave `cursor` out to have the whole table read each time"
            )
        return raw.read_to(table.name, table.cursor, self._overlap)

    def _write(self, table: Table, reflected: Any, since: date | datetime | None, target: Path) -> None:
        """Rows from `since` on, and those whose cursor is empty, in chunks to a Parquet file."""
        import pyarrow.parquet as pq

        count, chunks = 0, _chunks(self._engine, reflected, table, since)
        first = next(chunks)
        with closing(chunks), pq.ParquetWriter(target, first.schema) as writer:
            writer.write_table(first)
            for chunk in chunks:
                writer.write_table(chunk.cast(first.schema))
                count += chunk.num_rows
                self._pulling.report(f"{self._source.name}: {count:,} rows of {table.name}")

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """What SQLAlchemy, its drivers and dlt raise, in one line that holds neither the password nor a value."""
        from dlt.common.libs.pyarrow import PyToArrowConversionException
        from dlt.common.libs.sql_alchemy import sa
        from pyarrow import ArrowException

        where = f"source {self._source.name}: {what}"
        try:
            yield
        except ModuleNotFoundError as error:
            raise SourceError(
                f"{where}: the driver for its URL is not installed ({first_line(error)}); install it, or name "
                "another in the URL, as in mysql+pymysql://"
            ) from error
        except PyToArrowConversionException as error:
            raise self._misfit(f"{where}: the column {error._field_name}", error.data_type) from error
        except (ArrowException, ValueError, sa.exc.DataError) as error:  # their messages quote the value
            raise self._misfit(where) from error
        except sa.exc.SQLAlchemyError as error:
            cause = self._without_secret(first_line(getattr(error, "orig", None) or error))
            raise SourceError(
                f"{where} cannot be read ({cause}); check its URL, the password, and what that user may read"
            ) from error

    def _misfit(self, where: str, data_type: str | None = None) -> SourceError:
        what = f"are no {data_type}" if data_type else "do not fit the type of their column"
        return SourceError(
            f"{where} has values that {what}; mend them at the source, or read a view that casts them"
        )

    def _without_secret(self, text: str) -> str:
        from dlt.common.libs.sql_alchemy import make_url

        for secret in (self._url, make_url(self._url).password):
            text = text.replace(str(secret), "…") if secret else text
        return text


def _speak_utc(connection: Any, _: object) -> None:
    """A row without an end has 31 December 9999 for one: in zones east of Greenwich Python knows no such year."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()  # else it is undone with the first transaction


def _holds_instants(column: Any) -> bool:
    try:
        return column.type.python_type in (date, datetime)
    except NotImplementedError:  # a type that SQLAlchemy does not know
        return False


def _chunks(
    engine: Any, reflected: Any, table: Table, since: date | datetime | None
) -> Generator[Any, None, None]:
    """Arrow tables of its rows; the first has none, and the types of the columns."""
    from dlt.common.destination import DestinationCapabilitiesContext
    from dlt.common.libs.pyarrow import row_tuples_to_arrow
    from dlt.common.libs.sql_alchemy import sa
    from dlt.sources.sql_database import TableLoader

    hints, as_text = _hints(reflected)

    def chosen(_: Any, told: Any) -> Any:
        columns = [
            sa.cast(one, sa.Text).label(one.name) if one.name in as_text else one for one in told.columns
        ]
        query = sa.select(*columns)
        if since is None:
            return query
        cursor = told.columns[table.cursor]
        ended = [told.columns[name] for name in table.ended or () if name in told.columns]
        has_ended = [sa.and_(ended[0].is_(False), ended[1] >= since)] if len(ended) == 2 else []
        return query.where(sa.or_(cursor >= since, cursor.is_(None), *has_ended))

    caps = DestinationCapabilitiesContext.generic_capabilities()
    yield row_tuples_to_arrow([], caps, cast(Any, dict(hints)), "UTC")
    yield from TableLoader(
        engine, "pyarrow", reflected, hints, CHUNK, query_adapter_callback=chosen
    ).load_rows()


def _hints(reflected: Any) -> tuple[Any, set[str]]:
    """dlt's type of each column; and the columns that the database has to cast to text.

    Those are of types that dlt has no other form for, and numbers without a precision: they would be rounded.
    """
    from dlt.common.libs.sql_alchemy import sa
    from dlt.sources.sql_database.schema_types import default_table_adapter, table_to_columns

    default_table_adapter(reflected, None)
    hints: Any = table_to_columns(reflected, "full")
    as_text = set()
    for column in reflected.columns:
        hint = hints[column.name]
        if isinstance(
            column.type, sa.Float
        ):  # SQLAlchemy 2.1 made it a type of its own, which dlt does not know
            hints[column.name] = {"name": column.name, "data_type": "double", "nullable": True}
        elif "data_type" not in hint or (hint["data_type"] == "decimal" and "precision" not in hint):
            hints[column.name] = {"name": column.name, "data_type": "text", "nullable": True}
            as_text.add(column.name)
    return hints, as_text
