"""Which tables of a database do we read: those that Fivetran, Airbyte or the like have loaded there.

Any SQLAlchemy URL → `raw_<source or layout>.<table>`, then `models/staging/<source or layout>`. In `sources.toml`:

    [warehouse]
    kind = "sql"                        # its SQLAlchemy URL is in WAREHOUSE_URL
    schema = "crm"

    [warehouse.tables]
    deal = {key = "id", cursor = "updated_at"}
    stage = {key = "id"}                # without a cursor the whole table is read each time

or `layout = "fivetran_hubspot"` for a loader's tables whose names are known. A table with a cursor is read from the
newest row we have on, minus an overlap: what is loaded late is found, and a row is merged by its key.
"""

from collections.abc import Mapping
from typing import Final, cast

from contracts import load_catalogue
from contracts.errors import ConfigurationError
from flows.options import Option, texts
from flows.settings import Settings, Source
from flows.sources.database import Database, Table
from flows.sources.layouts import LAYOUTS, Layout, check_staging
from flows.sources.pulling import Pulled, Pulling
from flows.sources.tables import RESERVED, RawTables, raw_tables, scratch
from flows.sources.tracking import wanted
from flows.sources.wanting import want

OPTIONS: Final = {
    "schema": Option(str, means="the schema of the database that holds the tables"),
    "layout": Option(str, choices=tuple(LAYOUTS), means="whose tables they are, where staging is shipped"),
    "app_url": Option(str, means="with `layout`: where people open records, as docs/tables.md says"),
    "tables": Option(
        dict,
        means="one entry per table",
        each=Option(
            dict,
            means='its key and its cursor, as in {key = "id", cursor = "updated_at"}',
            keys={
                "key": Option(list, means="the columns that tell its rows apart; default: its primary key"),
                "cursor": Option(str, means="a column of instants that grows whenever a row changes"),
            },
        ),
    ),
    "overlap_minutes": Option(
        int, default=1440, minimum=0, means="how far back to look again for what was loaded late"
    ),
}
SECRETS: Final = {"url": "the SQLAlchemy URL of the database, as in postgresql://reader:…@host/database"}


def pull(source: Source, pulling: Pulling) -> Pulled:
    """Merge what changed in each table since the last pull. Raises SourceError."""
    check(source, pulling.settings)
    layout = layout_of(source)
    with raw_tables(source, pulling) as raw, scratch(source, pulling.settings) as folder:
        with Database(source, pulling) as database:
            told = [database.read(table, raw, folder) for table in tables_of(source) if database.has(table)]
        with raw.transaction():
            rows = sum(raw.merge(one) for one in told)
            if layout is not None:
                _complete(raw, layout, {one.table for one in told}, str(source.options.get("app_url") or ""))
    return Pulled(source.name, rows, notes=tuple(raw.notes))


def check(source: Source, settings: Settings) -> None:
    """Raise ConfigurationError if no table is named, SourceError if nothing stages them."""
    where = f"{settings.sources_file} [{source.name}"
    tables = tables_of(source)
    if not tables:
        raise ConfigurationError(
            f"{where}]: names no table; write one per line under [{source.name}.tables], "
            'as in deal = {key = "id", cursor = "updated_at"}, or set `layout`'
        )
    if source.options.get("app_url") and layout_of(source) is None:
        raise ConfigurationError(
            f"{where}]: `app_url` is for a `layout`; let your own models make `record_url`"
        )
    if taken := [table.name for table in tables if table.name.lower() in RESERVED]:
        raise ConfigurationError(
            f"{where}.tables]: `{taken[0]}` is a table of our own; read a view of it that has another name"
        )
    check_staging(source, settings)


def layout_of(source: Source) -> Layout | None:
    """The layout of its tables, if they are a loader's."""
    return LAYOUTS.get(str(source.options.get("layout")))


def tables_of(source: Source) -> list[Table]:
    """The tables to read: those of the layout and those named; what is said of a table goes before its layout."""
    layout = layout_of(source)
    told = cast(Mapping[str, Mapping[str, object]], source.options.get("tables") or {})
    known = layout.keys if layout else {}
    tables = []
    for name in {**known, **told}:
        key, cursor = texts(told.get(name, {}).get("key")), told.get(name, {}).get("cursor")
        if layout is not None and name in known:
            # in history mode a record has a row per version; a row of a history is one already
            maybe = () if key else (*known[name], *([layout.version] if len(known[name]) == 1 else []))
            read_by = str(cursor or layout.cursor)
            tables.append(Table(name, key, read_by, maybe, name in layout.needed, layout.ended))
        else:
            tables.append(Table(name, key, str(cursor) if cursor else None))
    return tables


def _complete(raw: RawTables, layout: Layout, there: set[str], app_url: str) -> None:
    """What the layout's models read beside the tables that are there."""
    for name, key in layout.keys.items():
        if name not in there:
            raw.take_for_empty(name, key)
    mapped = wanted(load_catalogue(raw.pulling.settings.project), layout.system)
    want(
        raw,
        {
            object_: dict.fromkeys(layout.always.get(object_, ()), False)
            | dict.fromkeys(mapped.get(object_, ()), True)
            for object_ in {**layout.always, **mapped}
        },
        {object_: app_url.rstrip("/") + page for object_, page in layout.pages.items() if app_url},
    )
