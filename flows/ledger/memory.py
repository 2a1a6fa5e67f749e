"""Where does the ledger compute when nobody passed it a connection? In a DuckDB of its own, in memory.

So the ledger is read and proved without the working database, which may be locked by a run or deleted.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory, in UTC, that fetches nothing from the network."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
