"""What do the models of a layout need to know of contracts? Which properties are read, and where records are opened."""

from collections.abc import Mapping
from typing import Any

from flows.sources.columns import quoted
from flows.sources.tables import OURS, RawTables


def want(raw: RawTables, properties: Mapping[str, Mapping[str, bool]], pages: Mapping[str, str]) -> None:
    """Say which properties are read and if contracts name them, and where people open records.

    `properties`: object → property → whether a contract names it; `pages`: object → the address before a record's id.
    If there is more than before, all rows are staged once more.
    """
    read = {(object_, *told) for object_, names in properties.items() for told in names.items()}
    has_more = _say(raw, "wanted", "property VARCHAR, is_mapped BOOLEAN", read)
    has_more = _say(raw, "record_pages", "page VARCHAR", set(pages.items())) or has_more
    if has_more:
        raw.stage_again()


def _say(raw: RawTables, table: str, columns: str, now: set[tuple[Any, ...]]) -> bool:
    """Make a table of ours hold these rows of an object; returns whether there are some that it did not hold."""
    place = f"{quoted(raw.schema)}.{table}"
    ours = ", ".join(f"{name} {type_}" for name, type_ in OURS.items())
    raw.connection.execute(f"CREATE TABLE IF NOT EXISTS {place} (object VARCHAR, {columns}, {ours})")
    held = raw.connection.execute(f"SELECT * EXCLUDE ({', '.join(OURS)}) FROM {place}")
    names = " AND ".join(f"{name} = ?" for name, *_ in held.description or ())
    before = set(held.fetchall())
    for row in before - now:
        raw.connection.execute(f"DELETE FROM {place} WHERE {names}", list(row))
    seen = [raw.source.name, raw.pulling.run_id, raw.pulling.started_at, True, None]
    for row in now - before:
        marks = ", ".join("?" * (len(row) + len(seen)))
        raw.connection.execute(f"INSERT INTO {place} VALUES ({marks})", [*row, *seen])
    return bool(now - before)
