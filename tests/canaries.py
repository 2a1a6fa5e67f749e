"""Where does a text stand that should stand almost nowhere, and is anybody called?

A customer's words are put into every field of a packet; afterwards each file below a folder is read: as bytes, and what
is packed as its reader reads it. And an environment in which no Python process gets further than the loopback.
"""

from __future__ import annotations

import csv
import gzip
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from contracts import load_catalogue

ROOT = Path(__file__).parents[1]
SEAM = "ae_to_onboarding"


def guarded(folder: Path) -> dict[str, str]:
    """Variables for processes that are to reach the loopback and nothing else; each leaves a file in `folder`."""
    folder.mkdir()
    paths = [str(ROOT / "tests" / "guard"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths), "GUARD_LOG": str(folder)}


def write_canaries(path: Path, words: str) -> None:
    """A file of events of one packet; whatever its contract asks for, these words are the answer."""
    packet = {
        "source": "crm",
        "handoff": SEAM,
        "subject": "c-1",
        "time": "2026-06-10T10:00:00Z",
        "actor": "ann",
    }
    fields = [field.name for field in load_catalogue(ROOT).contract(SEAM).current.fields]
    events: list[dict[str, str]] = [{"type": "handoff.triggered"}]
    events += [{"type": "handoff.field_set", "field": field, "value": words} for field in fields]
    events.append({"type": "handoff.submitted"})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", *packet, "type", "field", "value"])
        writer.writeheader()
        writer.writerows({"id": f"c-{number}", **packet, **event} for number, event in enumerate(events))


def places(folder: Path, canary: str) -> set[str]:
    """The files in which it stands, as paths below the folder; of databases with the table."""
    return {
        f"{path.relative_to(folder)}{table}"
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        for table in _tables(path, canary)
    }


def _tables(path: Path, canary: str) -> Iterator[str]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    if content[:4] == b"PAR1":
        with duckdb.connect() as connection:
            rows = connection.execute("SELECT t::VARCHAR FROM read_parquet(?) AS t", [str(path)]).fetchall()
        yield from ([""] if any(canary in row for (row,) in rows) else [])
    elif content[8:12] == b"DUCK":
        yield from _of_duckdb(path, canary)
    elif content.startswith(b"SQLite format 3"):
        yield from _of_sqlite(path, canary)
    elif canary.encode() in content or canary.encode("utf-16-le") in content:
        yield ""


def _of_duckdb(path: Path, canary: str) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        for schema, table in found:
            ((hits,),) = connection.execute(
                f'SELECT count(*) FROM "{schema}"."{table}" AS t WHERE contains(t::VARCHAR, $canary)',
                {"canary": canary},
            ).fetchall()
            yield from ([f":{schema}.{table}"] if hits else [])


def _of_sqlite(path: Path, canary: str) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as opened:
        tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            rows = opened.execute(f'SELECT * FROM "{table}"')
            yield from ([f":{table}"] if any(canary in repr(row) for row in rows) else [])
